//! What keeps a PIN secret, and what keeps PINs from locking the TPM for all.

use sshtpm_tests::call::{Answer, none, refused, text};
use sshtpm_tests::pin::{Step, last};
use sshtpm_tests::signed_data::sshsig;
use sshtpm_tests::swtpm::tool;
use sshtpm_tests::tap;
use sshtpm_tests::{Request, User, World, wait};

pub(crate) const PIN: &str = "correct horse";

/// TPM 2.0 Part 2, "TPM_CC Constants".
const START_AUTH_SESSION: u32 = 0x176;

pub(crate) fn sign(user: User<'_>, key: &str) -> Answer {
    user.sign(key, &sshsig("data"), 0, none())
}

pub(crate) fn set_tries(world: &World, most: u32, recovery_seconds: u32) {
    let limits = format!("--max-tries {most} --recovery-time {recovery_seconds}");
    let set = format!("tpm2_dictionarylockout -Q --setup-parameters {limits}");
    tool(
        world.machine(),
        &format!("{set} --lockout-recovery-time 86400"),
    )
    .ok();
}

pub(crate) fn counter(world: &World) -> u64 {
    let told = world.root().lockout(none()).expect("an answer");
    assert_eq!(told["InLockout"], false, "{told}");
    told["Counter"].as_u64().expect("a number")
}

fn unlock(key: &str, pin: usize) -> Step {
    Step::Unlock {
        key: key.to_owned(),
        pin,
        seconds: None,
    }
}

#[test]
fn no_pin_is_ever_on_the_chips_bus() {
    let world = World::to_tap("");
    let tap = world.tap();
    set_tries(&world, 32, 7200);
    let alice = world.alice();
    let key = alice.key_with_pin("laptop", PIN);
    assert_eq!(refused(alice.unlock(&key, "incorrect horse")), "WrongPin");
    alice.unlock(&key, PIN).expect("unlocked");
    sign(alice, &key).expect("a signature");
    alice
        .set_pin(&key, PIN, Some("battery staple"))
        .expect("changed");
    alice.unlock(&key, "battery staple").expect("unlocked");
    sign(alice, &key).expect("a signature");

    for pin in [PIN, "incorrect horse", "battery staple"] {
        assert!(!tap.has_heard(pin.as_bytes()), "{pin} was on the bus");
    }
    // Generate, two wrong and right ones, two signatures, a change.
    assert_eq!(tap.commands(START_AUTH_SESSION), 7);
    // What is said in clear is heard, so that the above says something.
    let define = "tpm2_nvdefine -Q 0x1500016 -C o -s 8 -p in-clear -a authread|authwrite";
    let define = world.root().command(define);
    define.env("TPM2TOOLS_TCTI", tap::TCTI).run().ok();
    assert!(tap.has_heard(b"in-clear"));
}

#[test]
fn a_pin_costs_the_commands_that_are_written_down() {
    let world = World::to_tap("");
    let tap = world.tap();
    let alice = world.alice();
    let signs = |key: &str| drop(sign(alice, key).expect("a signature"));
    let without = alice.key("without");
    assert_eq!(tap.cost(|| signs(&without)), 2);
    assert_eq!(tap.cost(|| drop(alice.key_with_pin("another", PIN))), 2);
    let key = alice.key_with_pin("laptop", PIN);
    // The first try since a TPM's start is sent again, after it has noted that one was made.
    let unlocks = || drop(alice.unlock(&key, PIN).expect("unlocked"));
    unlocks();
    assert_eq!(tap.cost(unlocks), 5);
    assert_eq!(tap.cost(|| signs(&key)), 4);
    let changes = || drop(alice.set_pin(&key, PIN, Some("4711")).expect("changed"));
    assert_eq!(tap.cost(changes), 5);
}

#[test]
fn an_interposer_with_a_key_of_its_own_gets_no_pin() {
    let world = World::to_tap("");
    let tap = world.tap();
    let alice = world.alice();
    let key = alice.key_with_pin("laptop", PIN);
    let sessions = tap.commands(START_AUTH_SESSION);

    // From now on the public area of the parent is a forged one, to which the interposer has the
    // private key. The Name beside it stays that of the real parent.
    let public = tool(world.machine(), "tpm2_readpublic -c 0x81000001")
        .ok()
        .stdout;
    let x = public.lines().find_map(|line| line.strip_prefix("x: "));
    let y = public.lines().find_map(|line| line.strip_prefix("y: "));
    let point = [hex(x.expect("a point")), hex(y.expect("a point"))];
    let forged = somebodys_point();
    tap.forge(
        &[&[0, 32][..], &point[0], &[0, 32], &point[1]].concat(),
        &[&[0, 32][..], &forged[..32], &[0, 32], &forged[32..]].concat(),
    );
    world.restart_broker();
    world.wait_for_tpm("ready");
    assert_eq!(refused(alice.unlock(&key, PIN)), "KeyLost");
    assert_eq!(tap.commands(START_AUTH_SESSION), sessions);
}

#[test]
fn an_answer_that_somebody_changed_is_refused_and_the_next_one_is_taken() {
    let world = World::to_tap("");
    let tap = world.tap();
    let alice = world.alice();
    let (free, key) = (alice.key("without"), alice.key_with_pin("laptop", PIN));
    alice.unlock(&key, PIN).expect("unlocked");
    // Of an ECDSA signature with SHA-256, the hash (TPM 2.0 Part 2, TPMT_SIGNATURE).
    let (said, forged) = ([0, 0x18, 0, 0x0b, 0, 0x20], [0, 0x18, 0x7f, 0x7f, 0, 0x20]);
    tap.forge(&said, &forged);
    assert_eq!(refused(sign(alice, &key)), "TpmFailed");
    tap.forge(&forged, &said);
    sign(alice, &free).expect("a signature");
    sign(alice, &key).expect("a signature");
}

fn hex(text: &str) -> Vec<u8> {
    let byte = |at| u8::from_str_radix(&text[at..at + 2], 16).expect("hexadecimal");
    (0..text.len()).step_by(2).map(byte).collect()
}

/// A point of P-256, without the byte that says what it is.
fn somebodys_point() -> Vec<u8> {
    // RFC 6979, appendix A.2.5.
    hex(
        "60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6\
         7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299",
    )
}

#[test]
fn a_pin_leaves_no_trace_in_log_store_or_tpm() {
    let world = World::new();
    set_tries(&world, 32, 7200);
    let alice = world.alice();
    let key = alice.key_with_pin("laptop", PIN);
    assert_eq!(refused(alice.unlock(&key, "incorrect horse")), "WrongPin");
    alice.unlock(&key, PIN).expect("unlocked");
    sign(alice, &key).expect("a signature");
    alice
        .set_pin(&key, PIN, Some("battery staple"))
        .expect("changed");
    let store = world.root().run("grep -r . /var/lib/sshtpm").ok().stdout;
    for pin in [PIN, "incorrect horse", "battery staple"] {
        assert!(!world.broker_log().contains(pin), "{pin} is in the log");
        assert!(!store.contains(pin), "{pin} is in the store");
    }
    for kind in ["handles-transient", "handles-loaded-session"] {
        let left = tool(world.machine(), &format!("tpm2_getcap {kind}")).ok();
        assert_eq!(left.stdout.trim(), "", "{kind}");
    }
}

#[test]
fn a_pin_is_for_the_connection_that_opened_it_and_for_one_call() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key_with_pin("laptop", PIN);
    let open = Step::Open(PIN.to_owned());
    let elsewhere = Step::UnlockFromElsewhere {
        key: key.clone(),
        pin: 0,
    };
    let answers = alice.pins(&[open, elsewhere, unlock(&key, 0), unlock(&key, 0)]);
    let kind = |at: usize| answers[at].clone().err().map(|e| e.kind().to_owned());
    assert_eq!(kind(1).as_deref(), Some("InvalidArgs"));
    assert_eq!(kind(2), None, "{answers:?}");
    assert_eq!(kind(3).as_deref(), Some("InvalidArgs"));
    // A number that the broker gave to no client.
    let unknown = Request::keys("Unlock").with(key.as_str()).with(4711_u32);
    assert_eq!(refused(alice.call(&unknown.with(none()))), "InvalidArgs");
}

#[test]
fn a_text_that_is_not_a_pin_is_refused() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key_with_pin("laptop", &"x".repeat(32));
    let long = "x".repeat(33);
    for pin in ["", &long, "with\0zero", "zeros\0\0"] {
        assert_eq!(refused(alice.unlock(&key, pin)), "InvalidArgs", "{pin:?}");
    }
    alice.unlock(&key, &long[1..]).expect("unlocked");
}

#[test]
fn the_broker_does_not_wait_for_an_open_pipe_without_end() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key_with_pin("laptop", PIN);
    let open = Step::OpenAndLeaveOpen(PIN.to_owned());
    let refused = last(alice.pins(&[open, unlock(&key, 0)])).expect_err("no end");
    assert_eq!(refused.kind(), "InvalidArgs");
    assert!(refused.text.contains("close the pipe"), "{refused:?}");
}

#[test]
fn a_user_has_few_pins_on_their_way_and_others_their_own() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key_with_pin("laptop", PIN);
    let mut steps = vec![Step::Open(PIN.to_owned()); 5];
    steps.extend([unlock(&key, 0), Step::Open(PIN.to_owned())]);
    let answers = alice.pins(&steps);
    let kinds: Vec<_> = answers.iter().map(|one| one.as_ref().err()).collect();
    assert!(kinds[..4].iter().all(Option::is_none), "{kinds:?}");
    assert_eq!(kinds[4].map(|error| error.kind()), Some("LimitsExceeded"));
    assert!(kinds[5..].iter().all(Option::is_none), "{kinds:?}");
    // Those that were open ended with their connection.
    wait::until("room for four again", wait::EFFECT, || {
        let answers = alice.pins(&steps[..4]);
        answers.iter().all(Result::is_ok).then_some(())
    });
}

#[test]
fn no_client_sends_the_broker_a_descriptor() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key_with_pin("laptop", PIN);
    let unlock = Request::keys("Unlock").with(key.as_str());
    let call = unlock.with(sshtpm_tests::Argument::Descriptor).with(none());
    assert_eq!(refused(alice.call(&call)), "AccessDenied");
}

#[test]
fn a_program_that_poses_as_logind_does_not_have_pins_forgotten() {
    let world = World::with_config("[pins]\nforget-on-suspend = true\n");
    let (alice, bob) = (world.alice(), world.bob());
    let key = alice.key_with_pin("laptop", PIN);
    alice.unlock(&key, PIN).expect("unlocked");
    let path = "/org/freedesktop/login1";
    let manager = "org.freedesktop.login1.Manager";
    for signal in [
        "PrepareForSleep boolean:true",
        "SessionRemoved string:1 objpath:/x",
    ] {
        let (name, arguments) = signal.split_once(' ').expect("two parts");
        let send = format!("dbus-send --system --type=signal {path} {manager}.{name} {arguments}");
        bob.run(&send).ok();
    }
    // The broker has had them before it is asked.
    let listed = alice.list(none()).expect("a list");
    assert_eq!(text(&listed[0], "Fingerprint"), key);
    sign(alice, &key).expect("a signature");
}
