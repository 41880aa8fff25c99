//! Keys with a PIN, as their owners see them.

use serde_json::{Value, json};
use sshtpm_tests::answers::Person;
use sshtpm_tests::call::{Answer, none, option, refused, text};
use sshtpm_tests::pin::{Step, change, last};
use sshtpm_tests::signed_data::sshsig;
use sshtpm_tests::swtpm::tool;
use sshtpm_tests::verify::verify;
use sshtpm_tests::{Request, User, World, wait};

const PIN: &str = "correct horse";

fn sign(user: User<'_>, key: &str) -> Answer {
    user.sign(key, &sshsig("data"), 0, none())
}

fn lock(user: User<'_>) -> Answer {
    user.call(&Request::keys("Lock").with(none()))
}

fn only_key(user: User<'_>) -> Value {
    let keys = user.list(none()).expect("a list");
    assert_eq!(keys.as_array().map(Vec::len), Some(1), "{keys}");
    keys[0].clone()
}

/// A TPM that is locked by 32 failed tries, as most are, and not by 3, as swtpm is.
pub(crate) fn world_with_tries() -> World {
    let world = World::new();
    let limits = "tpm2_dictionarylockout -Q --setup-parameters --max-tries 32";
    let times = "--recovery-time 7200 --lockout-recovery-time 86400";
    tool(world.machine(), &format!("{limits} {times}")).ok();
    world
}

#[test]
fn a_key_with_a_pin_signs_once_it_was_unlocked() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key_with_pin("laptop", PIN);
    assert_eq!(only_key(alice)["Pin"], true);
    assert_eq!(only_key(alice)["Unlocked"], false);
    assert_eq!(refused(sign(alice, &key)), "PinRequired");

    alice.unlock(&key, PIN).expect("the PIN is right");
    assert_eq!(only_key(alice)["Unlocked"], true);
    let signature = sign(alice, &key).expect("a signature");
    verify(&only_key(alice), &sshsig("data"), &signature);
}

#[test]
fn keys_of_every_kind_can_have_a_pin() {
    let world = World::new();
    let alice = world.alice();
    let algorithms = [
        "ecdsa-sha2-nistp384",
        "ecdsa-sha2-nistp521",
        "ssh-rsa",
        "ssh-ed25519",
    ];
    for algorithm in algorithms {
        let key = alice.pins(&[
            Step::Open(PIN.to_owned()),
            Step::Generate {
                algorithm: algorithm.to_owned(),
                comment: algorithm.to_owned(),
                pin: 0,
            },
        ]);
        let key = text(&last(key).expect("a key"), "Fingerprint");
        alice.unlock(&key, PIN).expect("the PIN is right");
        sign(alice, &key).expect("a signature");
    }
}

#[test]
fn a_wrong_pin_opens_nothing_and_costs_one_of_the_tpms_tries() {
    let world = world_with_tries();
    let alice = world.alice();
    let key = alice.key_with_pin("laptop", PIN);
    assert_eq!(refused(alice.unlock(&key, "incorrect horse")), "WrongPin");
    assert_eq!(refused(sign(alice, &key)), "PinRequired");
    assert_eq!(only_key(alice)["Unlocked"], false);
    let told = alice.lockout(none()).expect("an answer");
    assert_eq!(told["Counter"], 1);
    alice.unlock(&key, PIN).expect("the PIN is right");
}

#[test]
fn wrong_pins_make_the_next_one_wait_and_the_text_says_how_long() {
    let world = world_with_tries();
    let alice = world.alice();
    let key = alice.key_with_pin("laptop", PIN);
    assert_eq!(refused(alice.unlock(&key, "wrong")), "WrongPin");
    let second = alice.unlock(&key, "wrong again").expect_err("wrong");
    assert_eq!(second.kind(), "WrongPin");
    assert!(second.text.contains("try again in"), "{second:?}");
    // Another connection makes no difference, nor does the right PIN.
    let early = alice.unlock(&key, PIN).expect_err("too early");
    assert_eq!(early.kind(), "PinTriesExceeded");
    assert!(early.text.contains("try again in"), "{early:?}");
    let told = alice.lockout(none()).expect("an answer");
    assert_eq!(told["Counter"], 2, "it was not passed on");
    wait::until("the end of the delay", wait::EFFECT, || {
        alice.unlock(&key, PIN).ok()
    });
}

#[test]
fn a_pin_opens_a_key_for_its_owner_alone() {
    let world = World::new();
    let (alice, bob) = (world.alice(), world.bob());
    let key = alice.key_with_pin("laptop", PIN);
    assert_eq!(refused(bob.unlock(&key, PIN)), "NoSuchKey");
    assert_eq!(refused(world.root().unlock(&key, PIN)), "NoSuchKey");
    alice.unlock(&key, PIN).expect("the PIN is right");
    assert_eq!(refused(sign(bob, &key)), "NoSuchKey");
    assert_eq!(refused(sign(world.root(), &key)), "NoSuchKey");
    // Nor does bob lock it.
    lock(bob).expect("bob has nothing to lock");
    sign(alice, &key).expect("a signature");
}

#[test]
fn all_keys_of_a_user_are_locked_at_once_or_one_of_them() {
    let world = World::new();
    let (alice, bob) = (world.alice(), world.bob());
    let (one, other) = (alice.key_with_pin("1", PIN), alice.key_with_pin("2", PIN));
    let bobs = bob.key_with_pin("bob's", PIN);
    for (user, key) in [(alice, &one), (alice, &other), (bob, &bobs)] {
        user.unlock(key, PIN).expect("the PIN is right");
    }
    let lock_one = Request::keys("Lock").with(option("key", one.as_str()));
    alice.call(&lock_one).expect("locked");
    assert_eq!(refused(sign(alice, &one)), "PinRequired");
    sign(alice, &other).expect("a signature");
    assert_eq!(refused(bob.call(&lock_one)), "NoSuchKey");

    lock(alice).expect("locked");
    assert_eq!(refused(sign(alice, &other)), "PinRequired");
    sign(bob, &bobs).expect("a signature");
}

#[test]
fn a_pin_is_forgotten_after_the_time_for_which_it_was_given() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key_with_pin("laptop", PIN);
    alice.unlock_for(&key, PIN, Some(2)).expect("unlocked");
    wait::until("the end of two seconds", wait::EFFECT, || {
        (only_key(alice)["Unlocked"] == false).then_some(())
    });
    assert_eq!(refused(sign(alice, &key)), "PinRequired");
}

#[test]
fn the_broker_remembers_no_pin_longer_than_the_configuration_allows() {
    let world = World::with_config("[pins]\nremember-seconds = 2\n");
    let alice = world.alice();
    let key = alice.key_with_pin("laptop", PIN);
    alice.unlock_for(&key, PIN, Some(7000)).expect("unlocked");
    wait::until("the end of two seconds", wait::EFFECT, || {
        (only_key(alice)["Unlocked"] == false).then_some(())
    });
    assert_eq!(refused(sign(alice, &key)), "PinRequired");
}

#[test]
fn a_broker_that_was_restarted_has_forgotten_and_the_pin_is_what_it_was() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key_with_pin("laptop", PIN);
    alice.unlock(&key, PIN).expect("unlocked");
    world.restart_broker();
    world.wait_for_tpm("ready");
    assert_eq!(only_key(alice)["Pin"], true);
    assert_eq!(refused(sign(alice, &key)), "PinRequired");
    alice.unlock(&key, PIN).expect("unlocked");
    sign(alice, &key).expect("a signature");
}

#[test]
fn a_changed_pin_is_the_only_one_from_then_on() {
    let world = world_with_tries();
    let alice = world.alice();
    let key = alice.key_with_pin("laptop", PIN);
    alice.unlock(&key, PIN).expect("unlocked");
    alice
        .set_pin(&key, PIN, Some("battery staple"))
        .expect("changed");
    assert_eq!(refused(sign(alice, &key)), "PinRequired");
    assert_eq!(refused(alice.unlock(&key, PIN)), "WrongPin");
    alice.unlock(&key, "battery staple").expect("unlocked");
    let signature = sign(alice, &key).expect("a signature");
    verify(&only_key(alice), &sshsig("data"), &signature);

    world.restart_broker();
    world.wait_for_tpm("ready");
    alice.unlock(&key, "battery staple").expect("unlocked");
    sign(alice, &key).expect("a signature");
}

#[test]
fn only_a_user_who_knows_the_pin_changes_it() {
    let world = world_with_tries();
    let alice = world.alice();
    let key = alice.key_with_pin("laptop", PIN);
    alice.unlock(&key, PIN).expect("unlocked");
    let wrong = alice.set_pin(&key, "wrong", Some("battery staple"));
    assert_eq!(refused(wrong), "WrongPin");
    // That it is remembered makes no difference.
    let none_given = alice.pins(&[
        Step::Open("battery staple".to_owned()),
        Step::SetPin {
            key: key.clone(),
            pin: None,
            new: Some(0),
        },
    ]);
    assert_eq!(refused(last(none_given)), "PinRequired");
    let by_bob = world.bob().set_pin(&key, PIN, Some("battery staple"));
    assert_eq!(refused(by_bob), "NoSuchKey");
    alice.unlock(&key, PIN).expect("it is what it was");
}

#[test]
fn removing_a_pin_takes_the_owners_password_too_and_it_does_not_come_back() {
    let world = world_with_tries();
    let alice = world.alice();
    let key = alice.key_with_pin("laptop", PIN);
    let alone = alice.set_pin(&key, PIN, None);
    assert_eq!(refused(alone), "InteractiveAuthorizationRequired");
    let dismissed = alice.pins_with(Person::Dismisses, &change(&key, PIN, None));
    assert_eq!(refused(last(dismissed)), "NotAuthorized");
    assert_eq!(refused(sign(alice, &key)), "PinRequired");

    let removed = alice.pins_with(Person::Accepts, &change(&key, PIN, None));
    last(removed).expect("removed");
    let asked = alice.prompts().pop().expect("a prompt");
    assert_eq!(asked["action"], "org.sshtpm.Broker1.change-own-key");
    assert_eq!(only_key(alice)["Pin"], false);
    let signature = sign(alice, &key).expect("a signature");
    verify(&only_key(alice), &sshsig("data"), &signature);

    let again = alice.set_pin(&key, PIN, Some(PIN)).expect_err("no PIN");
    assert_eq!(again.kind(), "InvalidArgs");
}

#[test]
fn a_key_without_a_pin_gets_none() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key("laptop");
    let added = alice.set_pin(&key, PIN, Some(PIN)).expect_err("no PIN");
    assert_eq!(added.kind(), "InvalidArgs");
    assert!(added.text.contains("sshtpm keygen --pin"), "{added:?}");
    assert_eq!(refused(alice.unlock(&key, PIN)), "InvalidArgs");
    sign(alice, &key).expect("a signature");
}

#[test]
fn a_key_that_was_deleted_leaves_no_pin_behind() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key_with_pin("laptop", PIN);
    alice.unlock(&key, PIN).expect("unlocked");
    let delete = Request::keys("Delete").with(key.as_str()).with(none());
    alice.call_with(Person::Accepts, delete).expect("deleted");
    assert_eq!(refused(sign(alice, &key)), "NoSuchKey");
    assert_eq!(refused(alice.unlock(&key, PIN)), "NoSuchKey");
    assert_eq!(alice.list(none()), Ok(json!([])));
}

#[test]
fn a_tpm_that_cannot_be_reached_costs_no_try() {
    let world = world_with_tries();
    let alice = world.alice();
    let key = alice.key_with_pin("laptop", PIN);
    world.power_off_tpm();
    for _ in 0..8 {
        assert_eq!(refused(alice.unlock(&key, PIN)), "TpmUnavailable");
    }
    world.start_tpm();
    world.wait_for_tpm("ready");
    alice.unlock(&key, PIN).expect("unlocked");
}
