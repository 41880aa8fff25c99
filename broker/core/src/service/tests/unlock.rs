//! Tests of unlocking.

use std::time::Duration;

use super::people::{alice, bob, call_of, record, root, with_pin};
use super::*;
use crate::error::Error;
use crate::pins::{self, Attempt, Outcome, PinError};
use crate::ports::{StoreError, TpmError};
use crate::requests::RequestError;
use sshtpm_ssh::tpm::Lockout;

const MISSING: Error = Error::Request(RequestError::NoSuchKey);

pub(super) const PLENTY: Lockout = Lockout {
    counter: 0,
    max_tries: 32,
    recovery_seconds: 600,
    lockout_recovery_seconds: 86400,
    in_lockout: false,
};

pub(super) fn fingerprint() -> Fingerprint {
    record(&alice()).fingerprint()
}

pub(super) fn pin(text: &str) -> pins::Pin {
    pins::Pin::new(text.as_bytes()).expect("a PIN")
}

/// A service with a key of alice's that has a PIN.
pub(super) fn service_with_pin() -> Service<Fakes> {
    let service = service();
    service.ports.store(with_pin(&alice()));
    service
}

pub(super) fn checked(result: Result<Outcome<()>, TpmError>) -> (Call, Answer) {
    let result = result.map(|outcome| Attempt {
        lockout: PLENTY,
        outcome,
    });
    let call = Call::CheckPin(fingerprint(), b"1234".to_vec());
    (call, Answer::Tried(result))
}

pub(super) fn unlock(service: &Service<Fakes>, caller: &Owner, text: &str) -> Result<(), Error> {
    run(service.unlock(call_of(caller), fingerprint(), pin(text), None))
}

/// An attempt with the PIN 1234 that gets as far as to the TPM.
pub(super) fn attempt(
    service: &Service<Fakes>,
    result: Result<Outcome<()>, TpmError>,
) -> Result<(), Error> {
    service.ports.expect([
        found(&alice(), fingerprint()),
        allowed(Action::UseOwnKey, &alice(), &alice()),
        found(&alice(), fingerprint()),
        checked(result),
    ]);
    unlock(service, &alice(), "1234")
}

/// A service whose TPM has found alice's PIN right.
pub(super) fn unlocked() -> Service<Fakes> {
    let service = service_with_pin();
    attempt(&service, Ok(Outcome::Right(()))).expect("the PIN is right");
    service
}

fn is_unlocked(service: &Service<Fakes>) -> bool {
    service.is_unlocked(&with_pin(&alice()))
}

#[test]
fn a_right_pin_is_remembered_and_a_wrong_one_is_not() {
    assert!(is_unlocked(&unlocked()));
    let service = service_with_pin();
    let wrong = attempt(&service, Ok(Outcome::Wrong));
    assert_eq!(wrong, Err(PinError::Wrong(None).into()));
    assert!(!is_unlocked(&service));
}

#[test]
fn a_pin_is_remembered_as_asked_but_never_longer_than_allowed() {
    let hours = |hours: u64| Duration::from_secs(hours * 3600);
    for (asked, lasts) in [(None, 8), (Some(2), 2), (Some(9), 8)] {
        let service = service_with_pin();
        service.ports.expect([
            found(&alice(), fingerprint()),
            allowed(Action::UseOwnKey, &alice(), &alice()),
            found(&alice(), fingerprint()),
            checked(Ok(Outcome::Right(()))),
        ]);
        let asked = asked.map(hours);
        run(service.unlock(call_of(&alice()), fingerprint(), pin("1234"), asked)).expect("right");
        service.ports.pass(hours(lasts) - Duration::from_secs(1));
        assert!(is_unlocked(&service), "{asked:?}");
        service.ports.pass(Duration::from_secs(1));
        assert!(!is_unlocked(&service), "{asked:?}");
    }
}

#[test]
fn a_pin_reaches_the_tpm_only_if_polkit_says_so() {
    for why in REFUSALS {
        let service = service_with_pin();
        service.ports.expect([
            found(&alice(), fingerprint()),
            refused(Action::UseOwnKey, &alice(), &alice(), why),
        ]);
        assert_eq!(unlock(&service, &alice(), "1234"), Err(why.into()));
    }
}

#[test]
fn a_foreign_key_answers_like_a_missing_one_without_a_prompt() {
    for caller in [bob(), root()] {
        for service in [service_with_pin(), service()] {
            service.ports.expect([found(&caller, fingerprint())]);
            assert_eq!(unlock(&service, &caller, "1234"), Err(MISSING));
        }
    }
}

#[test]
fn a_key_that_was_deleted_while_a_person_was_asked_is_not_tried() {
    let service = service_with_pin();
    let too_late = Answer::DecidedTooLate(Decision::Allowed);
    service.ports.expect([
        found(&alice(), fingerprint()),
        asked(Action::UseOwnKey, &alice(), &alice(), too_late),
        found(&alice(), fingerprint()),
    ]);
    assert_eq!(unlock(&service, &alice(), "1234"), Err(MISSING));
}

#[test]
fn a_pin_that_was_changed_while_a_person_was_asked_is_not_tried() {
    let service = service_with_pin();
    let mut changed = with_pin(&alice());
    changed.key.blob.private = [0, 1, 9].into();
    let replaced = Answer::DecidedAndReplaced(Decision::Allowed, Box::new(changed));
    service.ports.expect([
        found(&alice(), fingerprint()),
        asked(Action::UseOwnKey, &alice(), &alice(), replaced),
        found(&alice(), fingerprint()),
    ]);
    let refused = unlock(&service, &alice(), "1234");
    assert_eq!(refused, Err(StoreError::ChangedByAnother.into()));
}

#[test]
fn a_key_without_a_pin_has_nothing_to_unlock() {
    let service = service();
    service.ports.store(record(&alice()));
    service.ports.expect([found(&alice(), fingerprint())]);
    let refused = unlock(&service, &alice(), "1234");
    assert_eq!(refused, Err(RequestError::HasNoPin.into()));
}

#[test]
fn a_pin_that_may_not_be_tried_now_needs_no_prompt() {
    let service = service_with_pin();
    for _ in 0..2 {
        attempt(&service, Ok(Outcome::Wrong)).expect_err("wrong");
    }
    service.ports.expect([found(&alice(), fingerprint())]);
    let early = unlock(&service, &alice(), "1234");
    assert!(
        matches!(early, Err(Error::Pin(PinError::Key(_)))),
        "{early:?}"
    );
    service.ports.pass(Duration::from_secs(1));
    attempt(&service, Ok(Outcome::Right(()))).expect("right");
}

#[test]
fn two_at_once_are_one_try() {
    let service = service_with_pin();
    service.ports.expect([
        found(&alice(), fingerprint()),
        allowed(Action::UseOwnKey, &alice(), &alice()),
        found(&alice(), fingerprint()),
        (
            Call::CheckPin(fingerprint(), b"1234".to_vec()),
            Answer::Waits,
        ),
    ]);
    let first = service.unlock(call_of(&alice()), fingerprint(), pin("1234"), None);
    let mut first = std::pin::pin!(first);
    start(first.as_mut());
    service.ports.expect([found(&alice(), fingerprint())]);
    let second = unlock(&service, &alice(), "1234");
    assert_eq!(second, Err(PinError::UnderWay.into()));
}

#[test]
fn a_caller_that_leaves_during_a_try_has_used_it() {
    let service = service_with_pin();
    for _ in 0..2 {
        service.ports.expect([
            found(&alice(), fingerprint()),
            allowed(Action::UseOwnKey, &alice(), &alice()),
            found(&alice(), fingerprint()),
            (
                Call::CheckPin(fingerprint(), b"1234".to_vec()),
                Answer::Waits,
            ),
        ]);
        let left = service.unlock(call_of(&alice()), fingerprint(), pin("1234"), None);
        let mut left = Box::pin(left);
        start(left.as_mut());
    }
    service.ports.expect([found(&alice(), fingerprint())]);
    let next = unlock(&service, &alice(), "1234");
    assert!(
        matches!(next, Err(Error::Pin(PinError::Key(_)))),
        "{next:?}"
    );
}

#[test]
fn a_tpm_that_is_away_costs_no_try_and_one_that_fails_does() {
    let away = [
        TpmError::Unavailable("gone".to_owned()),
        TpmError::ParentUnavailable("none".to_owned()),
        TpmError::KeyLost,
        TpmError::InLockout,
    ];
    let service = service_with_pin();
    for error in away.iter().cycle().take(12) {
        let failed = attempt(&service, Err(error.clone()));
        assert_eq!(failed, Err(error.clone().into()));
    }
    for _ in 0..2 {
        attempt(&service, Err(TpmError::Failed)).expect_err("it failed");
    }
    service.ports.expect([found(&alice(), fingerprint())]);
    let next = unlock(&service, &alice(), "1234");
    assert!(
        matches!(next, Err(Error::Pin(PinError::Key(_)))),
        "{next:?}"
    );
}
