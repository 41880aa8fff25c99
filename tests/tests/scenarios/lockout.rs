//! The TPM's lockout state from the broker, compared with what tpm2-tools say of the same TPM.

use serde_json::{Value, json};
use sshtpm_tests::call::{none, refused};
use sshtpm_tests::signed_data::sshsig;
use sshtpm_tests::swtpm::tool;
use sshtpm_tests::verify::verify;
use sshtpm_tests::{World, wait};

/// An NV index that is protected against guessing.
const INDEX: &str = "0x1500016";

/// A TPM that is locked by three failed tries, forgets one in 20,000 s, and has something to guess
/// at. Each number is another one, so that none can be taken for another.
fn world_with_something_to_guess_at() -> World {
    let world = World::new();
    let machine = world.machine();
    let limits = "tpm2_dictionarylockout -Q --setup-parameters --max-tries 3";
    tool(
        machine,
        &format!("{limits} --recovery-time 20000 --lockout-recovery-time 30000"),
    )
    .ok();
    let define = format!("tpm2_nvdefine -Q {INDEX} -C o -s 8 -p secret");
    tool(machine, &format!("{define} -a authread|authwrite")).ok();
    world
}

fn guess_wrong(world: &World) {
    let failed = tool(world.machine(), &format!("tpm2_nvread {INDEX} -P wrong"));
    assert_ne!(failed.code(), 0, "the password was right: {failed}");
}

/// What tpm2-tools say, under our names.
fn as_tools_say(world: &World) -> Value {
    let said = tool(world.machine(), "tpm2_getcap properties-variable");
    let said = said.ok().stdout;
    let value = |name: &str| {
        let mut lines = said.lines().map(str::trim);
        let line = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        let digits = line.expect(name).trim();
        u32::from_str_radix(digits.trim_start_matches("0x"), 16).expect("a number")
    };
    json!({
        "Counter": value("TPM2_PT_LOCKOUT_COUNTER"),
        "MaxTries": value("TPM2_PT_MAX_AUTH_FAIL"),
        "RecoverySeconds": value("TPM2_PT_LOCKOUT_INTERVAL"),
        "LockoutRecoverySeconds": value("TPM2_PT_LOCKOUT_RECOVERY"),
        "InLockout": value("inLockout") == 1,
    })
}

#[test]
fn the_lockout_state_is_what_the_tpm_says_after_a_failed_try() {
    let world = world_with_something_to_guess_at();
    guess_wrong(&world);
    let told = world.alice().lockout(none()).expect("an answer");
    assert_eq!(
        told,
        json!({
            "Counter": 1,
            "MaxTries": 3,
            "RecoverySeconds": 20000,
            "LockoutRecoverySeconds": 30000,
            "InLockout": false,
        })
    );
    assert_eq!(told, as_tools_say(&world));
}

#[test]
fn a_tpm_in_lockout_says_so_and_signs_all_the_same() {
    let world = world_with_something_to_guess_at();
    let alice = world.alice();
    let key = alice.key("laptop");
    for _ in 0..4 {
        guess_wrong(&world);
    }
    let told = alice.lockout(none()).expect("an answer");
    assert_eq!(told["InLockout"], true);
    assert_eq!(told, as_tools_say(&world));

    let signature = alice
        .sign(&key, &sshsig("data"), 0, none())
        .expect("a signature");
    verify(
        &alice.list(none()).expect("a list")[0],
        &sshsig("data"),
        &signature,
    );
    assert_eq!(alice.lockout(none()), Ok(told), "sshtpm counts as no try");
}

#[test]
fn a_request_finds_a_tpm_that_died_unnoticed_and_one_that_is_back() {
    let world = World::new();
    let key = world.alice().key("laptop");
    let state = |world: &World| world.alice().list(none()).expect("a list")[0]["State"].clone();
    world.kill_tpm();
    assert_eq!(refused(world.bob().lockout(none())), "TpmUnavailable");
    assert_eq!(world.bob().tpm("State"), Ok(json!("absent")));
    assert_eq!(state(&world), "unknown");

    world.start_tpm();
    wait::until("an answer", wait::EFFECT, || {
        world.bob().lockout(none()).ok()
    });
    assert_eq!(world.bob().tpm("State"), Ok(json!("ready")));
    assert_eq!(state(&world), "usable");
    world
        .alice()
        .sign(&key, &sshsig("data"), 0, none())
        .expect("a signature");
}

#[test]
fn without_a_tpm_there_is_no_answer() {
    let world = World::empty();
    world.start_bus();
    world.start_polkit();
    world.start_broker();
    world.wait_for_tpm("absent");
    assert_eq!(refused(world.alice().lockout(none())), "TpmUnavailable");
}
