//! `sshtpm parent`, `--also-for`, and the import of what they lead to: one key in two TPMs.

use p256::SecretKey;
use p256::elliptic_curve::sec1::ToEncodedPoint as _;
use rand_core::OsRng;
use sshtpm_duplicate::{Parent, wrap};
use sshtpm_key_file::tss2::{Importable, Tss2File};
use sshtpm_tests::call::{none, text};
use sshtpm_tests::host::Host;
use sshtpm_tests::signed_data::sshsig;
use sshtpm_tests::swtpm::tool;
use sshtpm_tests::{Agent, Output, User, World};

use crate::destinations::acquaint;
use crate::import::{made, parent};
use crate::import_files::{keygen, logs_in};

/// What another machine prints of its parent.
fn parent_of(other: User<'_>) -> (String, String) {
    let printed = other.run("sshtpm parent").ok();
    let name = other.run("sshtpm parent --fingerprint").ok().stdout;
    assert!(printed.stderr.contains(name.trim()), "{printed}");
    (printed.stdout, name.trim().to_owned())
}

/// Logs in at a host of that world with the key whose public half is in `public`.
fn can_log_in(world: &World, public: &str) {
    let alice = world.alice();
    let host = Host::start(world.machine(), "alpha", 1);
    acquaint(world, &[&host]);
    let agent = Agent::start(alice);
    logs_in(alice, &agent, public);
}

#[test]
fn a_key_of_one_machine_logs_in_from_another_one_too() {
    let (here, there) = (World::new(), World::new());
    let (alice, other) = (here.alice(), there.alice());
    let (armored, name) = parent_of(other);
    alice.write("/home/alice/b.pub", armored);
    let key = keygen(alice, "key", "-t ecdsa", "");
    let command = alice
        .command("sshtpm import key -o there.tpm --also-for")
        .arg(format!("b.pub={name}"));
    let wrapped = command.run().ok();
    assert!(wrapped.stdout.contains(&name), "{wrapped}");
    let again = alice
        .command("sshtpm import key -o again.tpm --also-for")
        .arg(format!("b.pub={name}"));
    let again = again.run().ok();
    assert!(again.stdout.contains("has the key already"), "{again}");
    let file = alice.read("/home/alice/again.tpm");
    other.write("/home/alice/there.tpm", &file);
    let imported = other.run("sshtpm import there.tpm").ok();
    assert!(imported.stdout.contains(&key), "{imported}");
    for (user, is_backed_up) in [(alice, true), (other, false)] {
        let listed = user.list(none()).expect("a list")[0].clone();
        assert_eq!(text(&listed, "Fingerprint"), key);
        assert_eq!(listed["Origin"], "imported");
        assert_eq!(listed["BackedUp"], is_backed_up);
        assert_eq!(listed["Comment"], "work");
    }
    alice.run("rm key").ok();
    can_log_in(&here, "key.pub");
    can_log_in(&there, "there.tpm.pub");
    is_for_the_other(&here, &file, &name);
}

/// On this machine the file is of no use, whatever it says of itself.
fn is_for_the_other(here: &World, file: &str, name: &str) {
    let bob = here.bob();
    let own = bob.run("sshtpm parent --fingerprint").ok().stdout;
    bob.write("/home/bob/b.tpm", file);
    let refused = bob.run("sshtpm import b.tpm").fails_with(1);
    refused.complains(name).complains(own.trim());
    let (bare, _) = file
        .split_once("-----BEGIN TPM2B_PUBLIC")
        .expect("a parent");
    bob.write("/home/bob/b.tpm", bare);
    let refused = bob.run("sshtpm import b.tpm").fails_with(1);
    refused.complains("made for another TPM, or has been changed");
    assert_eq!(bob.fingerprints(), Vec::<String>::new());
}

/// The text of a file for the TPM of `user`'s machine, with a key that `ssh-keygen` makes.
fn file_for(user: User<'_>, kind: &str, pin: Option<&str>) -> String {
    let (key, parent) = (made(user, kind), parent(user));
    let pin = pin.map(str::as_bytes);
    let wrapped = wrap(&key.private, pin, &parent, &mut OsRng).expect("it is wrapped");
    wrapped.to_file(&parent, "work").expect("a file")
}

fn import(user: User<'_>, file: &str) -> Output {
    user.run("rm -f b.tpm b.tpm.pub").ok();
    user.write("/home/alice/b.tpm", file);
    user.run("sshtpm import b.tpm")
}

fn importable(file: &str) -> Importable {
    let key = match Tss2File::read(file.as_bytes()) {
        Ok(Tss2File::Importable(key)) => Some(key),
        _ => None,
    };
    key.expect("a key to be imported")
}

fn changed(file: &str, change: impl FnOnce(&mut Importable)) -> String {
    let mut key = importable(file);
    change(&mut key);
    key.to_text().expect("a file")
}

#[test]
fn a_file_that_was_cut_or_changed_on_its_way_leaves_nothing() {
    let world = World::to_tap("");
    let tap = world.tap();
    let alice = world.alice();
    let whole = file_for(alice, "-t ecdsa", None);
    let sealed = file_for(alice, "-t ed25519", None);
    let other = file_for(alice, "-t ed25519", None);
    let cut = &whole[..whole.len() / 3];
    let of_other = importable(&other).ed25519;
    for (what, file, why) in [
        ("cut", cut.to_owned(), "not PEM"),
        (
            "a bit of the public area",
            changed(&whole, |key| key.public[30] ^= 1),
            "has been changed",
        ),
        (
            "a bit of the key",
            changed(&whole, |key| key.duplicate[60] ^= 1),
            "has been changed",
        ),
        (
            "a bit of the secret",
            changed(&whole, |key| key.secret[9] ^= 1),
            "has been changed",
        ),
        (
            "a PIN denied",
            changed(&whole, |key| key.public[6] ^= 4),
            "guards one",
        ),
        (
            "no public key",
            changed(&sealed, |key| key.ed25519 = None),
            "without the public key",
        ),
        (
            "another's",
            changed(&sealed, |key| key.ed25519 = of_other),
            "not the private part",
        ),
    ] {
        let refused = import(alice, &file);
        assert!(refused.stderr.contains(why), "{what}: {refused}");
        assert_eq!(refused.code(), 1, "{what}");
    }
    assert_eq!(alice.fingerprints(), Vec::<String>::new());
    assert_eq!(alice.lockout(none()).expect("an answer")["Counter"], 0);
    // Import, ReadPublic, Load, Sign, FlushContext; no Sign with a PIN.
    let pinned = file_for(alice, "-t ecdsa -b 384", Some("4321"));
    for (file, commands) in [(&whole, 5), (&pinned, 4)] {
        assert_eq!(tap.cost(|| drop(import(alice, file).ok())), commands);
    }
    suits_tpm2_tools(&world, &whole);
    import(alice, &sealed).ok();
    let keys = alice.list(none()).expect("a list");
    let keys = keys.as_array().expect("keys");
    let pinned = keys.iter().find(|key| key["Pin"] == true).expect("a PIN");
    let pinned = text(pinned, "Fingerprint");
    alice.unlock(&pinned, "4321").expect("the PIN of the file");
    assert!(alice.sign(&pinned, &sshsig("data"), 0, none()).is_ok());
    assert_eq!(keys.len(), 3);
}

/// tpm2-tools take the parts as they are.
fn suits_tpm2_tools(world: &World, file: &str) {
    let root = world.root();
    let key = importable(file);
    for (name, part) in [("u", key.public), ("i", key.duplicate), ("s", key.secret)] {
        let length = u16::try_from(part.len()).expect("short").to_be_bytes();
        root.write(&format!("/root/{name}"), [&length[..], &part].concat());
    }
    let files = "-u /root/u -i /root/i -s /root/s -r /root/r";
    let import = format!("tpm2_import -C 0x81000001 {files}");
    tool(world.machine(), &import).ok();
}

/// A public area like that of a parent, with these attributes. No TPM has it.
fn forged(attributes: u32) -> Vec<u8> {
    let point = SecretKey::random(&mut OsRng).public_key();
    let point = point.to_encoded_point(false);
    let mut area = vec![0, 0x23, 0, 0x0b];
    area.extend(attributes.to_be_bytes());
    // No policy, AES-128 in CFB mode, no scheme, P-256, no key derivation.
    area.extend([0, 0, 0, 6, 0, 128, 0, 0x43, 0, 0x10, 0, 3, 0, 0x10]);
    for coordinate in [point.x(), point.y()] {
        area.extend([0, 32]);
        area.extend(coordinate.expect("a coordinate"));
    }
    area
}

/// The attributes of a parent, and those of a key that signs.
const ATTRIBUTES: [u32; 2] = [0x0003_0472, 0x0004_0472];

#[test]
fn nothing_is_written_for_a_parent_that_nobody_compared() {
    let world = World::new();
    let alice = world.alice();
    let (own, own_name) = parent_of(alice);
    keygen(alice, "key", "-t ecdsa", "");
    let [other, signing] = ATTRIBUTES.map(forged);
    let other = Parent::read(&other).expect("a parent");
    let name: String = other
        .name()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let length = u16::try_from(signing.len()).expect("short").to_be_bytes();
    alice.write("/home/alice/b.pub", other.to_text());
    alice.write("/home/alice/own.pub", own);
    let bare = "tpm2_readpublic -c 0x81000001 -o /home/alice/bare.pub";
    tool(world.machine(), bare).ok();
    world.root().run("chmod 644 /home/alice/bare.pub").ok();
    alice.write("/home/alice/signs.pub", [&length[..], &signing].concat());
    alice.write("/home/alice/there.tpm", "");
    for (parent, more, code, why) in [
        ("b.pub".to_owned(), "", 1, "was not compared"),
        (format!("b.pub={own_name}"), "", 1, own_name.as_str()),
        ("b.pub=000b1234".to_owned(), "", 2, "not a whole"),
        ("key".to_owned(), "", 1, "no parent key"),
        ("signs.pub".to_owned(), "", 1, "storage key"),
        (format!("own.pub={own_name}"), "", 1, "that of this machine"),
        (
            format!("bare.pub={own_name}"),
            "",
            1,
            "that of this machine",
        ),
        (
            format!("b.pub={name}"),
            " -o there.tpm",
            1,
            "there is a file",
        ),
    ] {
        let command = format!("sshtpm import key{more} --also-for");
        let output = alice.command(&command).arg(parent).run();
        output.fails_with(code).complains(why);
    }
    assert_eq!(alice.fingerprints(), Vec::<String>::new());
    alice.run("test ! -e b.tpm").ok();
    let command = alice.command("sshtpm import key --also-for");
    command.arg(format!("b.pub={name}")).run().ok();
    alice.run("test -s b.tpm").ok();
}
