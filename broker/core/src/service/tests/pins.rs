//! Tests of what is remembered, and of what became of a try.

use std::sync::Arc;
use std::time::Duration;

use ssh_key::public::{Ed25519PublicKey, KeyData};

use super::people::{alice, bob, with_pin};
use crate::key::{KeyBlob, KeyRecord};
use crate::pins::{Attempt, Outcome, Pin, PinError, PinLimits, Pins, id};
use sshtpm_ssh::tpm::Lockout;

fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn pin(text: &str) -> Arc<Pin> {
    Arc::new(Pin::new(text.as_bytes()).expect("a PIN"))
}

fn lockout(counter: u32) -> Lockout {
    Lockout {
        counter,
        max_tries: 32,
        recovery_seconds: 600,
        lockout_recovery_seconds: 86400,
        in_lockout: counter >= 32,
    }
}

fn attempt(outcome: Outcome<()>) -> Attempt<()> {
    let lockout = lockout(0);
    Attempt { lockout, outcome }
}

fn remember(pins: &Pins, record: &KeyRecord, text: &str, until: Duration) {
    let begun = pins
        .begin(id(record), at(0))
        .expect("nothing is in the way");
    begun
        .settle_and_remember(
            attempt(Outcome::Right(())),
            at(0),
            (record, pin(text)),
            until,
        )
        .expect("it is right");
}

fn known(pins: &Pins, record: &KeyRecord, now: Duration) -> Option<String> {
    let pin = pins.of(record, now)?;
    Some(String::from_utf8_lossy(pin.as_bytes()).into_owned())
}

#[test]
fn a_pin_is_remembered_until_its_time_is_over_and_then_wiped() {
    let (pins, key) = (Pins::default(), with_pin(&alice()));
    assert_eq!(known(&pins, &key, at(0)), None);
    remember(&pins, &key, "1234", at(60));
    assert_eq!(known(&pins, &key, at(59)).as_deref(), Some("1234"));
    assert_eq!(known(&pins, &key, at(60)), None);
    let last = Arc::downgrade(&pins.of(&key, at(59)).expect("known"));
    pins.sweep(at(59));
    assert!(last.upgrade().is_some());
    pins.sweep(at(60));
    assert!(last.upgrade().is_none(), "it is gone from memory");
}

#[test]
fn a_pin_belongs_to_one_owner_one_key_and_one_blob_of_it() {
    let (pins, key) = (Pins::default(), with_pin(&alice()));
    remember(&pins, &key, "1234", at(60));
    assert_eq!(known(&pins, &with_pin(&bob()), at(0)), None);
    let mut changed = key.clone();
    changed.key.blob = KeyBlob {
        public: changed.key.blob.public,
        private: [0, 1, 9].into(),
    };
    assert_eq!(known(&pins, &changed, at(0)), None);
    assert_eq!(known(&pins, &key, at(0)).as_deref(), Some("1234"));
}

/// A way of having PINs forgotten.
type Forgetting<'a> = &'a dyn Fn(&Pins);

#[test]
fn what_is_forgotten_is_what_was_named() {
    let (alices, bobs) = (with_pin(&alice()), with_pin(&bob()));
    let forgetting: [(Forgetting<'_>, bool); 4] = [
        (&|pins| pins.forget(&alice(), alices.fingerprint()), true),
        (&|pins| pins.forget_user(alice().uid()), true),
        (&|pins| pins.forget_all(), false),
        (&|pins| pins.was_wrong(&alices, at(0)), true),
    ];
    for (forget, bobs_stays) in forgetting {
        let pins = Pins::default();
        remember(&pins, &alices, "1234", at(60));
        remember(&pins, &bobs, "5678", at(60));
        forget(&pins);
        assert_eq!(known(&pins, &alices, at(0)), None);
        assert_eq!(known(&pins, &bobs, at(0)).is_some(), bobs_stays);
    }
}

#[test]
fn a_pin_that_is_to_be_forgotten_while_it_is_tried_is_not_remembered() {
    let (pins, key) = (Pins::default(), with_pin(&alice()));
    let begun = pins.begin(id(&key), at(0)).expect("nothing is in the way");
    pins.forget_user(alice().uid());
    let right = attempt(Outcome::Right(()));
    begun
        .settle_and_remember(right, at(0), (&key, pin("1234")), at(60))
        .expect("it is right all the same");
    assert_eq!(known(&pins, &key, at(0)), None);
}

#[test]
fn a_wrong_pin_is_not_remembered_and_leaves_the_one_that_is() {
    let (pins, key) = (Pins::default(), with_pin(&alice()));
    remember(&pins, &key, "1234", at(60));
    let begun = pins.begin(id(&key), at(0)).expect("nothing is in the way");
    let other = (&key, pin("4321"));
    let wrong = begun.settle_and_remember(attempt(Outcome::Wrong), at(0), other, at(60));
    assert_eq!(wrong, Err(PinError::Wrong(None)));
    assert_eq!(known(&pins, &key, at(0)).as_deref(), Some("1234"));
}

#[test]
fn a_try_without_a_result_counts_as_wrong() {
    let (pins, key) = (Pins::default(), with_pin(&alice()));
    for _ in 0..2 {
        drop(pins.begin(id(&key), at(0)).expect("nothing is in the way"));
    }
    assert!(matches!(
        pins.check(&id(&key), at(0)),
        Err(PinError::Key(_))
    ));
}

#[test]
fn a_pin_that_was_spared_costs_nothing_and_the_reason_is_said() {
    let (pins, key) = (Pins::default(), with_pin(&alice()));
    for (counter, is_lockout, wait) in [(24, false, "10 minutes"), (32, true, "90 minutes")] {
        for _ in 0..10 {
            let begun = pins.begin(id(&key), at(0)).expect("nothing is in the way");
            let spared = Attempt::<()> {
                lockout: lockout(counter),
                outcome: Outcome::Spared,
            };
            let error = begun.settle(spared, at(0)).expect_err("it was not tried");
            assert_eq!(matches!(error, PinError::Lockout(_)), is_lockout);
            assert!(error.to_string().contains(wait), "{error}");
        }
    }
}

#[test]
fn a_user_past_the_share_waits_for_own_tries_not_for_the_reserve() {
    let (pins, key) = (Pins::default(), with_pin(&alice()));
    let spared = || Attempt::<()> {
        lockout: lockout(1),
        outcome: Outcome::Spared,
    };
    let wrong = pins.begin(id(&key), at(0)).expect("nothing is in the way");
    assert_eq!(wrong.own(), 1);
    let wrong = wrong.settle(attempt(Outcome::Wrong), at(0));
    assert_eq!(wrong, Err(PinError::Wrong(None)));
    let further = pins.begin(id(&key), at(0)).expect("nothing is in the way");
    assert_eq!(further.own(), 2);
    let error = further.settle(spared(), at(0)).expect_err("spared");
    assert!(matches!(error, PinError::User(_)), "{error}");

    // Another key's, which may turn out to be right.
    let mut other = key.clone();
    other.key.public = KeyData::Ed25519(Ed25519PublicKey([7; 32]));
    let under_way = pins
        .begin(id(&other), at(0))
        .expect("nothing is in the way");
    let further = pins.begin(id(&key), at(0)).expect("nothing is in the way");
    assert_eq!(further.own(), 3);
    let error = further.settle(spared(), at(0));
    assert_eq!(error, Err(PinError::UnderWay));
    drop(under_way);
}

#[test]
fn a_shorter_time_holds_for_what_is_remembered_already() {
    let (pins, key) = (Pins::default(), with_pin(&alice()));
    remember(&pins, &key, "1234", at(7200));
    let limits = PinLimits {
        remember: at(60),
        ..PinLimits::default()
    };
    pins.set_limits(limits, at(100));
    assert!(known(&pins, &key, at(159)).is_some());
    assert!(known(&pins, &key, at(160)).is_none());
}
