//! Tests of locking.

use super::people::{alice, bob, call_of, with_pin};
use super::unlock::{fingerprint, unlocked};
use super::*;
use crate::error::Error;
use crate::requests::RequestError;

fn is_unlocked(service: &Service<Fakes>) -> bool {
    service.is_unlocked(&with_pin(&alice()))
}

#[test]
fn locking_all_keys_or_one_forgets_its_pin() {
    for key in [None, Some(fingerprint())] {
        let service = unlocked();
        if key.is_some() {
            service.ports.expect([found(&alice(), fingerprint())]);
        }
        let may = allowed(Action::RestrictOwnKey, &alice(), &alice());
        service.ports.expect([may]);
        run(service.lock(call_of(&alice()), key)).expect("locked");
        assert!(!is_unlocked(&service));
    }
}

#[test]
fn a_refused_caller_locks_nothing() {
    for why in REFUSALS {
        let service = unlocked();
        let no = refused(Action::RestrictOwnKey, &alice(), &alice(), why);
        service.ports.expect([no]);
        assert_eq!(run(service.lock(call_of(&alice()), None)), Err(why.into()));
        assert!(is_unlocked(&service));
    }
}

#[test]
fn a_caller_cannot_lock_the_keys_of_others() {
    let service = unlocked();
    let may = allowed(Action::RestrictOwnKey, &bob(), &bob());
    service.ports.expect([may]);
    run(service.lock(call_of(&bob()), None)).expect("there is nothing to lock");
    service.ports.expect([found(&bob(), fingerprint())]);
    let missing = run(service.lock(call_of(&bob()), Some(fingerprint())));
    assert_eq!(missing, Err(Error::Request(RequestError::NoSuchKey)));
    assert!(is_unlocked(&service));
}

#[test]
fn pins_go_with_their_user_and_before_sleep() {
    let service = unlocked();
    service.forget_pins_of(bob().uid());
    assert!(is_unlocked(&service));
    service.forget_pins_of(alice().uid());
    assert!(!is_unlocked(&service));

    let service = unlocked();
    service.forget_pins();
    assert!(!is_unlocked(&service));
}

#[test]
fn a_deleted_key_has_no_pin_that_is_remembered() {
    let service = unlocked();
    let (call, _) = found(&alice(), fingerprint());
    service.ports.expect([
        (call, Answer::AsStored),
        allowed(Action::DeleteOwnKey, &alice(), &alice()),
        (
            Call::Delete(alice(), fingerprint()),
            Answer::Changed(Ok(())),
        ),
    ]);
    delete(&service, &alice(), None, fingerprint()).expect("deleted");
    assert!(!is_unlocked(&service));
}
