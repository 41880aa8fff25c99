//! Keys that are bound to PCRs, with a TPM whose PCRs are extended.

use rand_core::OsRng;
use serde_json::{Value, json};
use sshtpm_duplicate::wrap_bound;
use sshtpm_ssh::pcr::{AuthValue, PcrPolicy, PcrSelection, PcrValues};
use sshtpm_tests::answers::Person;
use sshtpm_tests::call::{Answer, Options, none, option, refused, text};
use sshtpm_tests::pin::{change, last};
use sshtpm_tests::signed_data::sshsig;
use sshtpm_tests::swtpm::tool;
use sshtpm_tests::tap::Tap;
use sshtpm_tests::verify::verify;
use sshtpm_tests::{Agent, Request, User, World};

use crate::import::{import, made, parent};
use crate::pin::world_with_tries;

const PIN: &str = "correct-horse";

const KINDS: [&str; 3] = ["ecdsa-sha2-nistp256", "ssh-rsa", "ssh-ed25519"];

fn bound_to(pcrs: &str) -> Options {
    option("pcrs", pcrs)
}

fn sign(user: User<'_>, key: &Value) -> Answer {
    user.sign(&text(key, "Fingerprint"), &sshsig("data"), 0, none())
}

#[track_caller]
fn signs(user: User<'_>, key: &Value) {
    verify(key, &sshsig("data"), &sign(user, key).expect("a signature"));
}

/// What a start with another firmware does to a PCR.
pub(crate) fn extend(world: &World, pcr: u8) {
    let digest = "5a".repeat(32);
    tool(
        world.machine(),
        &format!("tpm2_pcrextend {pcr}:sha256={digest}"),
    )
    .ok();
}

/// What a start of the machine does to all of them.
pub(crate) fn start_anew(world: &World) {
    world.power_off_tpm();
    world.start_tpm();
}

#[track_caller]
fn cost(tap: &Tap<'_>, user: User<'_>, key: &Value) -> usize {
    tap.cost(|| signs(user, key))
}

#[test]
fn a_bound_key_signs_until_a_pcr_changes_and_after_the_next_start_again() {
    let world = World::new();
    let alice = world.alice();
    let agent = Agent::start(alice);
    let listed = || agent.command("ssh-add -L").run().stdout;
    let keys = KINDS.map(|kind| {
        let key = alice
            .generate(kind, "bound", bound_to("0+7"))
            .expect("a key");
        assert_eq!(key["Pcrs"], "0+7:sha256");
        assert_eq!(key["State"], "usable");
        signs(alice, &key);
        signs(alice, &key);
        key
    });
    assert_eq!(listed().lines().count(), KINDS.len());
    extend(&world, 7);
    for key in &keys {
        let refusal = sign(alice, key).expect_err("it is refused");
        assert_eq!(refusal.kind(), "KeyBoundToOtherPcrs");
        let said = &refusal.text;
        assert!(said.contains("(7 secure-boot-policy)"), "{said}");
    }
    for key in alice
        .list(none())
        .expect("a list")
        .as_array()
        .expect("a list")
    {
        assert_eq!(key["State"], "pcr-mismatch");
        assert_eq!(key["ChangedPcrs"], json!([7]));
    }
    assert!(!listed().contains("bound"), "{}", listed());
    let said = alice.run("sshtpm doctor").stdout;
    assert!(
        said.contains("PCR 7 (secure-boot-policy) has another value now"),
        "{said}"
    );
    start_anew(&world);
    for key in &keys {
        signs(alice, key);
    }
    assert_eq!(listed().lines().count(), KINDS.len());
}

#[test]
fn a_bound_key_with_a_pin_needs_both_and_loses_no_tries_to_pcrs() {
    let world = world_with_tries();
    let alice = world.alice();
    let keygen = alice.command("sshtpm keygen -q --pcr debug --pin-stdin");
    keygen.stdin(format!("{PIN}\n")).run().ok();
    let key = alice.list(none()).expect("a list")[0].clone();
    assert_eq!(
        (&key["Pcrs"], &key["Pin"]),
        (&json!("16:sha256"), &json!(true))
    );
    let fingerprint = text(&key, "Fingerprint");
    assert_eq!(refused(sign(alice, &key)), "PinRequired");
    assert_eq!(refused(alice.unlock(&fingerprint, "wrong")), "WrongPin");
    alice.unlock(&fingerprint, PIN).expect("unlocked");
    signs(alice, &key);
    let counter = || alice.lockout(none()).expect("a lockout")["Counter"].clone();
    let before = counter();
    extend(&world, 16);
    assert_eq!(refused(sign(alice, &key)), "KeyBoundToOtherPcrs");
    let wrong = alice.unlock(&fingerprint, "wrong");
    assert_eq!(refused(wrong), "KeyBoundToOtherPcrs");
    assert_eq!(counter(), before, "no PIN was tried");
    tool(world.machine(), "tpm2_pcrreset 16").ok();
    signs(alice, &key);
    let removed = alice.pins_with(Person::Accepts, &change(&fingerprint, PIN, None));
    last(removed).expect("it is removed");
    signs(alice, &key);
    extend(&world, 16);
    assert_eq!(refused(sign(alice, &key)), "KeyBoundToOtherPcrs");
}

#[test]
fn a_bound_key_costs_a_session_for_each_signature() {
    let world = World::to_tap("");
    let tap = world.tap();
    let alice = world.alice();
    let mut made = None;
    let make = || made = Some(alice.generate("", "bound", bound_to("7")).expect("a key"));
    assert_eq!(tap.cost(make), 2, "PCR_Read, Create");
    let key = made.expect("a key");
    let cold = "Load, StartAuthSession, PolicyPCR, Sign";
    assert_eq!(cost(&tap, alice, &key), 4, "{cold}");
    assert_eq!(
        cost(&tap, alice, &key),
        3,
        "StartAuthSession, PolicyPCR, Sign"
    );
    let list = || drop(alice.list(none()).expect("a list"));
    assert_eq!(tap.cost(list), 0, "the signature showed what is in them");
    world.restart_broker();
    world.wait_for_tpm("ready");
    assert_eq!(tap.cost(list), 1, "PCR_Read");
    assert_eq!(tap.cost(list), 0, "it is known");
}

#[test]
fn an_imported_key_is_bound_to_what_its_policy_says_and_to_nothing_else() {
    let world = World::new();
    let alice = world.alice();
    let pcrs: PcrSelection = "7".parse().expect("a selection");
    let request = Request::tpm("GetPcrs").with("7").with(none());
    let values = alice.call(&request).expect("values")[0].clone();
    let values: Vec<Vec<u8>> = serde_json::from_value(values).expect("bytes");
    let values = PcrValues::new(pcrs, &values).expect("values");
    for kind in ["-t ecdsa", "-t ed25519"] {
        let key = made(alice, kind);
        let bound_by = |values: &PcrValues, auth_value| {
            let policy = PcrPolicy::new(values.clone(), auth_value).digest();
            let parent = parent(alice);
            let wrapped = wrap_bound(&key.private, None, Some(&policy), &parent, &mut OsRng);
            wrapped.expect("it is wrapped")
        };
        let right = bound_by(&values, AuthValue::NotNeeded);
        let other = PcrValues::new(pcrs, &[[9; 32]]).expect("values");
        for wrong in [
            import(alice, &right, none()),
            import(alice, &right, bound_to("8")),
            import(alice, &right, bound_to("0+7")),
            import(
                alice,
                &bound_by(&other, AuthValue::NotNeeded),
                bound_to("7"),
            ),
            import(alice, &bound_by(&values, AuthValue::Needed), bound_to("7")),
        ] {
            assert_eq!(refused(wrong), "InvalidArgs");
        }
        let key = import(alice, &right, bound_to("7")).expect("a key");
        assert_eq!(key["Pcrs"], "7:sha256");
        signs(alice, &key);
    }
    extend(&world, 7);
    for key in alice
        .list(none())
        .expect("a list")
        .as_array()
        .expect("a list")
    {
        assert_eq!(refused(sign(alice, key)), "KeyBoundToOtherPcrs");
    }
    start_anew(&world);
    world.wait_for_tpm("ready");
    alice.run("ssh-keygen -q -t ecdsa -N  -f backup").ok();
    alice
        .run("sshtpm import --keep-file --pcr secure-boot-policy backup")
        .ok();
    let said = alice.run("sshtpm list --json").ok().stdout;
    let keys: Value = serde_json::from_str(&said).expect("JSON");
    let last = keys.as_array().and_then(|keys| keys.last()).expect("a key");
    assert_eq!(last["pcrs"], "7:sha256");
}

#[test]
fn pcrs_of_sha1_or_of_a_bank_that_the_tpm_does_not_keep_are_refused() {
    let world = World::new();
    let alice = world.alice();
    let banks = "sha1:all+sha256:all+sha384:none+sha512:none";
    tool(world.machine(), &format!("tpm2_pcrallocate {banks}")).ok();
    world.stop_broker();
    start_anew(&world);
    world.start_broker();
    world.wait_for_tpm("ready");
    for pcrs in ["7:sha1", "24", "", "7:sha384", "0:sha256+7:sha512"] {
        let answer = alice.generate("", "bound", bound_to(pcrs));
        assert_eq!(refused(answer), "InvalidArgs", "{pcrs}");
    }
    assert!(alice.fingerprints().is_empty());
}
