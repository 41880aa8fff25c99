//! What keeps wrong PINs from locking the TPM for all.

use sshtpm_tests::answers::Person;
use sshtpm_tests::call::{none, refused};
use sshtpm_tests::pin::{Step, last};
use sshtpm_tests::swtpm::tool;
use sshtpm_tests::{World, wait};

use crate::pin_safety::{PIN, counter, set_tries, sign};

/// Guesses until the TPM is in lockout.
fn lock_out(world: &World) {
    guess_until(world, || {
        let told = world.root().lockout(none()).expect("an answer");
        (told["InLockout"] == true).then_some(())
    });
}

/// Guesses as any program with access to the TPM can.
fn guess_until(world: &World, mut is_enough: impl FnMut() -> Option<()>) {
    let define = "tpm2_nvdefine -Q 0x1500016 -C o -s 8 -p secret -a authread|authwrite";
    tool(world.machine(), define).ok();
    wait::until("enough wrong guesses", wait::EFFECT, || {
        tool(world.machine(), "tpm2_nvread 0x1500016 -P wrong");
        is_enough()
    });
}

#[test]
fn ten_thousand_wrong_pins_leave_the_reserve_and_others_tries() {
    let world = World::new();
    // It forgets a try each second, so that more of them reach it than the user's share.
    set_tries(&world, 32, 1);
    let (alice, bob) = (world.alice(), world.bob());
    let keys: Vec<_> = (0..4)
        .map(|number| alice.key_with_pin(&number.to_string(), PIN))
        .collect();
    let bobs = bob.key_with_pin("bob's", PIN);
    let guesses = [Step::Guess {
        keys: keys.clone(),
        times: 10_000,
    }];
    let guessed = last(alice.pins(&guesses)).expect("all were answered");
    let count = |kind: &str| guessed[kind].as_u64().unwrap_or(0);
    assert!(count("WrongPin") >= 5, "{guessed}");
    assert_eq!(count("WrongPin") + count("PinTriesExceeded"), 10_000);
    let counted = counter(&world);
    assert!(counted <= 5, "{counted} after {guessed}");

    assert_eq!(refused(bob.unlock(&bobs, "wrong")), "WrongPin");
    bob.unlock(&bobs, PIN).expect("unlocked");
    sign(bob, &bobs).expect("a signature");
}

#[test]
fn the_last_tries_of_the_tpm_serve_remembered_pins_alone() {
    let world = World::new();
    set_tries(&world, 10, 7200);
    let (alice, bob) = (world.alice(), world.bob());
    let known = bob.key_with_pin("bob's", PIN);
    bob.unlock(&known, PIN).expect("unlocked");
    let key = alice.key_with_pin("laptop", PIN);
    // Of ten tries, half are kept; other programs use up the rest.
    guess_until(&world, || (counter(&world) == 5).then_some(()));
    let spared = alice.unlock(&key, PIN).expect_err("it is not tried");
    assert_eq!(spared.kind(), "PinTriesExceeded");
    assert!(spared.text.contains("try again in 2 hours"), "{spared:?}");
    assert!(spared.text.contains("sshtpm tpm lockout"), "{spared:?}");
    assert_eq!(counter(&world), 5, "it was not tried");
    sign(bob, &known).expect("a signature");
}

#[test]
fn one_user_does_not_use_up_the_tries_of_a_tpm_that_has_few() {
    let world = World::with_config("[pins]\nwrong-tries-per-user = 100\n");
    set_tries(&world, 10, 7200);
    let (alice, bob) = (world.alice(), world.bob());
    // Each key has one wrong PIN without delay. Of ten tries, half are kept, and half of the others
    // are for others.
    for number in 0..6 {
        let key = alice.key_with_pin(&number.to_string(), PIN);
        let kind = refused(alice.unlock(&key, "wrong"));
        let expected = if number < 2 {
            "WrongPin"
        } else {
            "PinTriesExceeded"
        };
        assert_eq!(kind, expected, "the PIN of key {number}");
    }
    assert_eq!(counter(&world), 2);
    let bobs = bob.key_with_pin("bob's", PIN);
    assert_eq!(refused(bob.unlock(&bobs, "wrong")), "WrongPin");
    bob.unlock(&bobs, PIN).expect("unlocked");
}

#[test]
fn in_lockout_keys_without_a_pin_work_and_others_say_why_they_do_not() {
    let world = World::new();
    let alice = world.alice();
    let free = alice.key("without");
    let (cold, warm) = (alice.key_with_pin("1", PIN), alice.key_with_pin("2", PIN));
    alice.unlock(&warm, PIN).expect("unlocked");
    lock_out(&world);
    sign(alice, &free).expect("a signature");
    for refused in [alice.unlock(&cold, PIN), sign(alice, &warm)] {
        let refused = refused.expect_err("nothing with a PIN works");
        assert_eq!(refused.kind(), "PinTriesExceeded");
        assert!(refused.text.contains("lockout"), "{refused:?}");
        assert!(refused.text.contains("sshtpm tpm lockout"), "{refused:?}");
    }
    let reset = [Step::ResetLockout { pin: None }];
    last(world.root().pins(&reset)).expect("reset");
    alice.unlock(&cold, PIN).expect("unlocked");
    sign(alice, &warm).expect("it was not forgotten");
}

#[test]
fn only_an_administrator_of_the_tpm_ends_a_lockout() {
    let world = World::new();
    let alice = world.alice();
    lock_out(&world);
    let reset = [Step::ResetLockout { pin: None }];
    let alone = refused(last(alice.pins(&reset)));
    assert_eq!(alone, "InteractiveAuthorizationRequired");
    let dismissed = alice.pins_with(Person::Dismisses, &reset);
    assert_eq!(refused(last(dismissed)), "NotAuthorized");
    assert_eq!(alice.lockout(none()).expect("an answer")["InLockout"], true);

    last(world.root().pins(&reset)).expect("reset");
    assert_eq!(counter(&world), 0);
}

#[test]
fn a_wrong_lockout_password_is_reported_as_wrong() {
    let world = World::new();
    tool(world.machine(), "tpm2_changeauth -Q -c lockout lockpass").ok();
    lock_out(&world);
    let reset = |password: &str| {
        let steps = [
            Step::Open(password.to_owned()),
            Step::ResetLockout { pin: Some(0) },
        ];
        last(world.root().pins(&steps))
    };
    reset("lockpass").expect("reset");
    assert_eq!(counter(&world), 0);
    let wrong = reset("wrong").expect_err("wrong");
    assert_eq!(wrong.kind(), "WrongPin");
    assert!(wrong.text.contains("sshtpm tpm lockout"), "{wrong:?}");
    // The TPM now takes no password of this hierarchy for a time, and works otherwise.
    assert_eq!(refused(reset("lockpass")), "WrongPin");
    sign(world.alice(), &world.alice().key("laptop")).expect("a signature");
}
