//! Keys that stay in the TPM between signatures: what they save, and that users do not notice when
//! they leave it.

use sshtpm_tests::call::{Answer, bits, none, owner, refused, text};
use sshtpm_tests::signed_data::sshsig;
use sshtpm_tests::swtpm::tool;
use sshtpm_tests::tap::Tap;
use sshtpm_tests::{Request, User, World, wait};

const PIN: &str = "correct horse";

/// TPM 2.0 Part 2, "TPM_CC Constants".
pub(crate) const LOAD: u32 = 0x157;

const SIGN: u32 = 0x15d;

/// More keys and signatures than the defaults allow.
pub(crate) const LIMITS: &str =
    "[limits]\nkeys-generated-per-hour = 100\nhost-signatures-per-second = 10000";

pub(crate) fn sign(user: User<'_>, key: &str) -> Answer {
    user.sign(key, &sshsig("data"), 0, none())
}

fn rsa_key(user: User<'_>) -> String {
    let key = user.generate("ssh-rsa", "", bits(2048)).expect("a key");
    text(&key, "Fingerprint")
}

/// How many commands the TPM got for a signature.
#[track_caller]
pub(crate) fn cost_to_sign(tap: &Tap<'_>, user: User<'_>, key: &str) -> usize {
    tap.cost(|| drop(sign(user, key).expect("a signature")))
}

/// The handles of loaded objects, as any program sees them.
pub(crate) fn loaded(world: &World) -> Vec<String> {
    let told = tool(world.machine(), "tpm2_getcap handles-transient").ok();
    let lines = told.stdout.lines();
    lines
        .filter_map(|line| line.strip_prefix("- ").map(str::to_owned))
        .collect()
}

#[test]
fn a_key_costs_two_commands_once_and_one_from_then_on() {
    let world = World::to_tap(LIMITS);
    let tap = world.tap();
    let alice = world.alice();
    let key = alice.key("laptop");
    assert_eq!(cost_to_sign(&tap, alice, &key), 2, "Load, Sign");
    for _ in 0..5 {
        assert_eq!(cost_to_sign(&tap, alice, &key), 1, "Sign");
    }
    let key = rsa_key(alice);
    assert_eq!(cost_to_sign(&tap, alice, &key), 2, "RSA: Load, Sign");
    assert_eq!(cost_to_sign(&tap, alice, &key), 1, "RSA: Sign");
}

#[test]
fn keys_in_turn_cost_three_commands_each_and_are_loaded_twice() {
    let world = World::to_tap(LIMITS);
    let tap = world.tap();
    let alice = world.alice();
    let keys: Vec<_> = (0..20)
        .map(|number| alice.key(&number.to_string()))
        .collect();
    let round = || {
        let (all, loads) = (tap.all_commands(), tap.commands(LOAD));
        for key in &keys {
            sign(alice, key).expect("a signature");
        }
        (tap.all_commands() - all, tap.commands(LOAD) - loads)
    };
    assert_eq!(round(), (3 * 20 - 2, 20), "two free places at first");
    assert_eq!(
        round(),
        (5 * 20 - 4, 20),
        "ReadPublic and ContextSave, as most leave again"
    );
    let (commands, loads) = round();
    // ContextLoad, Sign, FlushContext; the last two keys are saved, and a key leaves ahead.
    assert!(commands <= 3 * 20 + 5, "{commands}");
    assert_eq!(loads, 0);
    // After each signature one key is left, so the next one finds a free place.
    wait::until("one key in the chip", wait::EFFECT, || {
        (loaded(&world).len() == 1).then_some(())
    });
}

#[test]
fn keys_that_took_turns_outlive_a_reset_and_not_a_clear() {
    let world = World::new();
    let alice = world.alice();
    let keys = [alice.key("one"), alice.key("other"), alice.key("third")];
    let take_turns = || {
        for key in keys.iter().cycle().take(9) {
            sign(alice, key).expect("a signature");
        }
    };
    take_turns();
    world.power_off_tpm();
    world.start_tpm();
    take_turns();
    tool(world.machine(), "tpm2_clear -c platform").ok();
    for key in &keys {
        assert_eq!(refused(sign(alice, key)), "KeyLost");
    }
}

#[test]
fn a_user_of_many_keys_does_not_push_out_the_host_key() {
    let world = World::to_tap(LIMITS);
    let tap = world.tap();
    let (alice, host) = (world.alice(), world.host_user());
    world.root().run("sshtpm host-keys generate").ok();
    let host_key = host.fingerprints().remove(0);
    let keys: Vec<_> = (0..4)
        .map(|number| alice.key(&number.to_string()))
        .collect();
    let exchange_hash = [7; 32];
    let sign_as_host = || {
        drop(
            host.sign(&host_key, &exchange_hash, 0, none())
                .expect("signed"),
        )
    };
    assert_eq!(tap.cost(sign_as_host), 2);
    for key in keys.iter().chain(&keys) {
        sign(alice, key).expect("a signature");
        assert_eq!(tap.cost(sign_as_host), 1, "it stayed");
    }
}

#[test]
fn a_key_is_fetched_while_polkit_is_asked() {
    let world = World::to_tap(LIMITS);
    let tap = world.tap();
    let alice = world.alice();
    let key = alice.key("laptop");
    let request = Request::keys("Sign")
        .with(key.as_str())
        .with(sshsig("data").as_slice())
        .with(0_u32)
        .with(none());
    let request = serde_json::to_vec(&request).expect("JSON");
    let before = tap.all_commands();
    world.freeze_polkit();
    let running = alice.command("bus-call").stdin(&request).start();
    wait::until("the key", wait::EFFECT, || {
        (tap.commands(LOAD) == 1).then_some(())
    });
    assert_eq!(tap.commands(SIGN), 0, "no person said yes");
    world.thaw_polkit();
    let answer = running.finish(wait::COMMAND).ok().stdout;
    assert!(answer.contains("Ok"), "{answer}");
    assert_eq!(tap.all_commands() - before, 2, "Load, Sign");
}

#[test]
fn a_key_with_a_pin_does_not_stay_where_others_can_reach_it() {
    let world = World::to_tap(LIMITS);
    let tap = world.tap();
    let alice = world.alice();
    let key = alice.key_with_pin("laptop", PIN);
    // The first try since a TPM's start is sent again, after it has noted that one was made.
    alice.unlock(&key, PIN).expect("unlocked");
    for _ in 0..3 {
        let expected = "Load, StartAuthSession, Sign, FlushContext";
        assert_eq!(cost_to_sign(&tap, alice, &key), 4, "{expected}");
        assert_eq!(loaded(&world), Vec::<String>::new());
    }
    alice.set_pin(&key, PIN, Some("4711")).expect("changed");
    assert_eq!(
        refused(sign(alice, &key)),
        "PinRequired",
        "with the old PIN"
    );
    alice.unlock(&key, "4711").expect("unlocked");
    sign(alice, &key).expect("a signature");
    assert_eq!(refused(alice.unlock(&key, PIN)), "WrongPin");
}

#[test]
fn keys_that_are_ready_make_room_for_whatever_else_is_done() {
    let world = World::to_tap(LIMITS);
    let tap = world.tap();
    let alice = world.alice();
    let keys = [alice.key("one"), alice.key("other")];
    let with_pin = alice.key_with_pin("with a PIN", PIN);
    alice.unlock(&with_pin, PIN).expect("unlocked");
    let fill = || {
        keys.iter()
            .for_each(|key| drop(sign(alice, key).expect("a signature")))
    };
    fill();
    assert_eq!(
        tap.cost(|| drop(alice.key("a third"))),
        2,
        "FlushContext, Create"
    );
    assert_eq!(tap.cost(|| drop(alice.key("a fourth"))), 1, "Create");
    fill();
    let expected = "ReadPublic, ContextSave, FlushContext, Create: the same key leaves again";
    assert_eq!(tap.cost(|| drop(rsa_key(alice))), 4, "{expected}");
    fill();
    assert_eq!(
        cost_to_sign(&tap, alice, &with_pin),
        5,
        "FlushContext, and four"
    );
    fill();
    alice
        .set_pin(&with_pin, PIN, Some("4711"))
        .expect("changed");
    fill();
    alice.key_with_pin("another", PIN);
    fill();
    world.root().run("sshtpm tpm lockout").ok();
    assert_eq!(loaded(&world).len(), 2);
}

#[test]
fn a_tpm_that_was_pulled_out_and_put_back_signs_at_once() {
    let world = World::new();
    let alice = world.alice();
    let keys = [alice.key("one"), alice.key("other")];
    for key in keys.iter().chain(&keys) {
        sign(alice, key).expect("a signature");
        world.kill_tpm();
        world.start_tpm();
        sign(alice, key).expect("a signature after a power failure");
        world.power_off_tpm();
        world.start_tpm();
        sign(alice, key).expect("a signature after a restart");
        assert_eq!(world.alice().tpm("State"), Ok(serde_json::json!("ready")));
    }
}

#[test]
fn keys_of_a_cleared_tpm_do_not_sign_though_they_were_ready() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key("laptop");
    sign(alice, &key).expect("a signature");
    tool(world.machine(), "tpm2_clear -c platform").ok();
    assert_eq!(refused(sign(alice, &key)), "KeyLost");
    assert_eq!(alice.list(none()).expect("a list")[0]["State"], "lost");
    let new = alice.key("new");
    sign(alice, &new).expect("a signature");
    sign(alice, &new).expect("another one");
}

#[test]
fn a_deleted_key_does_not_sign_though_it_was_ready() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key("laptop");
    sign(alice, &key).expect("a signature");
    let deleted = world.root().delete(&key, owner("alice"));
    deleted.expect("deleted");
    assert_eq!(refused(sign(alice, &key)), "NoSuchKey");
}
