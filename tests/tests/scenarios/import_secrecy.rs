//! Where the private key of `sshtpm import` is not: on the bus, in the broker, on the way to the
//! chip, in the journal.

use sshtpm_key_file::{KeyFile, PrivatePart};
use sshtpm_tests::call::none;
use sshtpm_tests::process_memory;
use sshtpm_tests::{World, wait};

use crate::import_files::{PASSPHRASE, import, keygen};

fn has(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[test]
fn nobody_but_the_caller_sees_the_private_key() {
    let world = World::to_tap("");
    let tap = world.tap();
    let (alice, root) = (world.alice(), world.root());
    keygen(alice, "key", "-t ecdsa -a 2", PASSPHRASE);
    let file = alice.read("/home/alice/key");
    let file = KeyFile::read(file.as_bytes()).expect("a key file");
    let key = file.open(PASSPHRASE.as_bytes()).expect("a key");
    let PrivatePart::Ecdsa(key) = key.private else {
        panic!("{key:?}");
    };
    let monitor = root.command("dbus-monitor --system").start();
    wait::until("the monitor", wait::EFFECT, || {
        alice.list(none()).expect("a list");
        monitor.stdout().contains("member=List\n").then_some(())
    });
    import(alice, "key", PASSPHRASE).ok();
    // A call that is heard comes after all that was said before it.
    let messages = wait::until("the monitor", wait::EFFECT, || {
        alice.lockout(none()).expect("an answer");
        Some(monitor.stdout()).filter(|messages| messages.contains("member=GetLockout\n"))
    });
    // Bytes are shown in hexadecimal, some on each line.
    let bytes: String = messages.split_whitespace().collect();
    let (x, _) = key.coordinates();
    assert!(tap.has_heard(x), "the public key was not on the way");
    let broker = world.broker_pid();
    assert!(process_memory::count(broker, x) > 0);
    for (what, secret) in [("key", key.scalar()), ("passphrase", PASSPHRASE.as_bytes())] {
        let is_shown = messages.contains(&*String::from_utf8_lossy(secret));
        assert!(!is_shown, "the {what} was on the bus");
        assert!(
            !bytes.contains(&in_hex(secret)),
            "the {what} was on the bus"
        );
        assert!(
            !tap.has_heard(secret),
            "the {what} was on its way to the chip"
        );
        assert_eq!(process_memory::count(broker, secret), 0, "the {what}");
        assert!(!has(world.broker_log().as_bytes(), secret), "the {what}");
    }
    monitor.kill();
}

#[test]
fn a_key_is_not_wrapped_for_a_parent_with_another_name() {
    let world = World::to_tap("");
    let tap = world.tap();
    let alice = world.alice();
    let made = keygen(alice, "key", "-t ecdsa", "");
    let shown = sshtpm_tests::swtpm::tool(world.machine(), "tpm2_readpublic -c 0x81000001");
    let shown = shown.ok().stdout;
    let point = ["x: ", "y: "].map(|name| {
        let line = shown.lines().find_map(|line| line.strip_prefix(name));
        hex(line.expect("a point"))
    });
    // From now on the public area of the parent is that of a key of somebody else.
    let other = keygen(alice, "other", "-t ecdsa", "");
    assert_ne!(made, other);
    let file = alice.read("/home/alice/other");
    let key = KeyFile::read(file.as_bytes())
        .expect("a key file")
        .open(b"");
    let PrivatePart::Ecdsa(forged) = key.expect("a key").private else {
        panic!("no ECDSA key");
    };
    let (x, y) = forged.coordinates();
    let sized = |x: &[u8], y: &[u8]| [&[0, 32][..], x, &[0, 32], y].concat();
    tap.forge(&sized(&point[0], &point[1]), &sized(x, y));
    world.restart_broker();
    alice.run("sshtpm import key").fails_with(1);
    assert_eq!(alice.fingerprints(), Vec::<String>::new());
}

fn in_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn hex(text: &str) -> Vec<u8> {
    let (pairs, _) = text.trim().as_bytes().as_chunks::<2>();
    let byte = |pair: &[u8; 2]| {
        let pair = std::str::from_utf8(pair).expect("hexadecimal");
        u8::from_str_radix(pair, 16).expect("hexadecimal")
    };
    pairs.iter().map(byte).collect()
}
