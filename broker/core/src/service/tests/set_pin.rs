//! Tests of changing and removing a PIN.

use super::people::{alice, bob, call_of, record, with_pin};
use super::unlock::{PLENTY, fingerprint, pin, service_with_pin, unlocked};
use super::*;
use crate::error::Error;
use crate::key::{KeyBlob, Protection};
use crate::pins::{Attempt, Outcome, PinError};
use crate::ports::{StoreError, TpmError};
use crate::requests::RequestError;

fn blob() -> KeyBlob {
    KeyBlob {
        public: [0, 1, 1].into(),
        private: [0, 1, 9].into(),
    }
}

fn set(
    service: &Service<Fakes>,
    caller: &Owner,
    present: Option<&str>,
    new: Option<&str>,
) -> Result<(), Error> {
    let (present, new) = (present.map(pin), new.map(pin));
    run(service.set_pin(call_of(caller), fingerprint(), present, new))
}

fn changed(new: Option<&str>, result: Result<Outcome<KeyBlob>, TpmError>) -> (Call, Answer) {
    let new = new.map(|new| new.as_bytes().to_vec());
    let result = result.map(|outcome| Attempt {
        lockout: PLENTY,
        outcome,
    });
    let call = Call::ChangePin(fingerprint(), b"1234".to_vec(), new);
    (call, Answer::Rewrapped(result))
}

fn stored(after: Protection, result: Result<(), StoreError>) -> (Call, Answer) {
    let call = Call::SetPin(alice(), fingerprint(), after, blob());
    (call, Answer::Changed(result))
}

/// Up to the TPM.
fn until_tpm(action: Action) -> [(Call, Answer); 3] {
    [
        found(&alice(), fingerprint()),
        allowed(action, &alice(), &alice()),
        found(&alice(), fingerprint()),
    ]
}

#[test]
fn a_changed_pin_is_stored_and_the_old_one_forgotten() {
    let service = unlocked();
    service.ports.expect(until_tpm(Action::RestrictOwnKey));
    let right = Ok(Outcome::Right(blob()));
    service.ports.expect([
        changed(Some("5678"), right),
        stored(Protection::Pin, Ok(())),
    ]);
    set(&service, &alice(), Some("1234"), Some("5678")).expect("changed");
    assert!(!service.is_unlocked(&with_pin(&alice())));
}

#[test]
fn removing_a_pin_is_a_relaxation() {
    let service = service_with_pin();
    service.ports.expect(until_tpm(Action::ChangeOwnKey));
    let right = Ok(Outcome::Right(blob()));
    service
        .ports
        .expect([changed(None, right), stored(Protection::Nothing, Ok(()))]);
    set(&service, &alice(), Some("1234"), None).expect("removed");
}

#[test]
fn nothing_is_tried_unless_polkit_says_so() {
    for (new, action) in [
        (Some("5678"), Action::RestrictOwnKey),
        (None, Action::ChangeOwnKey),
    ] {
        for why in REFUSALS {
            let service = service_with_pin();
            service.ports.expect([
                found(&alice(), fingerprint()),
                refused(action, &alice(), &alice(), why),
            ]);
            let refused = set(&service, &alice(), Some("1234"), new);
            assert_eq!(refused, Err(why.into()));
        }
    }
}

#[test]
fn the_present_pin_has_to_be_given_even_if_it_is_remembered() {
    let service = unlocked();
    service.ports.expect([found(&alice(), fingerprint())]);
    let refused = set(&service, &alice(), None, Some("5678"));
    assert_eq!(refused, Err(PinError::Required.into()));
}

#[test]
fn a_wrong_pin_changes_nothing_and_counts() {
    let service = service_with_pin();
    for _ in 0..2 {
        service.ports.expect(until_tpm(Action::RestrictOwnKey));
        service
            .ports
            .expect([changed(Some("5678"), Ok(Outcome::Wrong))]);
        let wrong = set(&service, &alice(), Some("1234"), Some("5678"));
        assert!(
            matches!(wrong, Err(Error::Pin(PinError::Wrong(_)))),
            "{wrong:?}"
        );
    }
    service.ports.expect([found(&alice(), fingerprint())]);
    let early = set(&service, &alice(), Some("1234"), Some("5678"));
    assert!(
        matches!(early, Err(Error::Pin(PinError::Key(_)))),
        "{early:?}"
    );
}

#[test]
fn a_key_without_a_pin_gets_none_and_others_keys_are_missing() {
    let service = service();
    service.ports.store(record(&alice()));
    service.ports.expect([found(&alice(), fingerprint())]);
    let refused = set(&service, &alice(), Some("1234"), Some("5678"));
    assert_eq!(refused, Err(RequestError::PinNotAddable.into()));

    let service = service_with_pin();
    service.ports.expect([found(&bob(), fingerprint())]);
    let missing = set(&service, &bob(), Some("1234"), Some("5678"));
    assert_eq!(missing, Err(RequestError::NoSuchKey.into()));
}

#[test]
fn a_failing_disk_changes_nothing_and_the_pin_stays_remembered() {
    let service = unlocked();
    service.ports.expect(until_tpm(Action::RestrictOwnKey));
    let right = Ok(Outcome::Right(blob()));
    service.ports.expect([
        changed(Some("5678"), right),
        stored(Protection::Pin, Err(StoreError::Full)),
    ]);
    let full = set(&service, &alice(), Some("1234"), Some("5678"));
    assert_eq!(full, Err(StoreError::Full.into()));
    assert!(service.is_unlocked(&with_pin(&alice())));
}
