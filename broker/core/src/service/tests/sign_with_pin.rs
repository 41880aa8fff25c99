//! Tests of signing with a key that has a PIN, and of generating one.

use std::pin::pin as pinned;

use super::people::{alice, call_of, comment, key, p256, ready, record, signature_of, with_pin};
use super::unlock::{PLENTY, fingerprint, pin, service_with_pin, unlocked};
use super::*;
use crate::algorithm::Wanted;
use crate::error::Error;
use crate::key::{Protection, TpmKey};
use crate::pins::{Attempt, Outcome, PinError};
use crate::ports::TpmError;
use crate::requests::{NewKey, RequestError};
use crate::restrictions::Change;
use crate::signature::{RawSignature, Scheme};
use crate::signed_data::fixtures::login;
use sshtpm_ssh::error_kind::ErrorKind;

const REQUIRED: Error = Error::Pin(PinError::Required);

fn data() -> Vec<u8> {
    login(&key().public)
}

pub(super) fn sign(service: &Service<Fakes>) -> Result<Vec<u8>, Error> {
    run(service.sign(call_of(&alice()), fingerprint(), asking(&data(), 0)))
}

/// Up to the TPM, which is given the PIN.
pub(super) fn expect_signature(service: &Service<Fakes>, result: Result<RawSignature, TpmError>) {
    let scheme = Scheme::Ecdsa(ssh_key::EcdsaCurve::NistP256);
    let call = Call::SignWith(scheme.to_sign(&data()), b"1234".to_vec());
    service.ports.expect([
        found(&alice(), fingerprint()),
        allowed(Action::UseOwnKey, &alice(), &alice()),
        found(&alice(), fingerprint()),
        (call, Answer::Signed(result)),
    ]);
}

#[test]
fn the_tpm_is_given_the_pin_that_is_remembered() {
    let service = unlocked();
    expect_signature(&service, Ok(signature_of(&data())));
    sign(&service).expect("a signature");
}

/// Signs with the PIN 1234 in the request, which gets as far as to the TPM.
fn sign_in_try(
    service: &Service<Fakes>,
    result: Result<Outcome<RawSignature>, TpmError>,
) -> Result<Vec<u8>, Error> {
    let scheme = Scheme::Ecdsa(ssh_key::EcdsaCurve::NistP256);
    let call = Call::SignInTry(scheme.to_sign(&data()), b"1234".to_vec());
    let lockout = PLENTY;
    let result = result.map(|outcome| Attempt { lockout, outcome });
    service.ports.expect([
        found(&alice(), fingerprint()),
        allowed(Action::UseOwnKey, &alice(), &alice()),
        found(&alice(), fingerprint()),
        (call, Answer::SignedInTry(result)),
    ]);
    asks_with_pin(service)
}

fn asks_with_pin(service: &Service<Fakes>) -> Result<Vec<u8>, Error> {
    let (data, caller) = (data(), call_of(&alice()));
    run(service.sign_with_pin(caller, fingerprint(), asking(&data, 0), pin("1234")))
}

#[test]
fn a_right_pin_in_a_request_signs_and_is_remembered() {
    let service = service_with_pin();
    let right = Outcome::Right(signature_of(&data()));
    sign_in_try(&service, Ok(right)).expect("a signature");
    assert!(service.is_unlocked(&with_pin(&alice())));
    expect_signature(&service, Ok(signature_of(&data())));
    sign(&service).expect("a signature without another try");
}

#[test]
fn a_wrong_pin_in_a_request_is_counted_and_not_remembered() {
    let service = service_with_pin();
    for _ in 0..2 {
        let wrong = sign_in_try(&service, Ok(Outcome::Wrong)).expect_err("wrong");
        assert_eq!(wrong.kind(), ErrorKind::WrongPin);
        assert!(!service.is_unlocked(&with_pin(&alice())));
    }
    // Before the TPM and polkit are asked.
    service.ports.expect([found(&alice(), fingerprint())]);
    let early = asks_with_pin(&service);
    assert!(
        matches!(early, Err(Error::Pin(PinError::Key(_)))),
        "{early:?}"
    );
}

#[test]
fn a_pin_in_a_request_does_not_replace_what_polkit_says() {
    for why in REFUSALS {
        let service = service_with_pin();
        service.ports.expect([
            found(&alice(), fingerprint()),
            refused(Action::UseOwnKey, &alice(), &alice(), why),
        ]);
        assert_eq!(asks_with_pin(&service), Err(why.into()));
        assert!(!service.is_unlocked(&with_pin(&alice())));
    }
}

#[test]
fn a_pin_in_a_request_for_a_key_without_one_is_refused() {
    let service = service();
    service.ports.store(record(&alice()));
    service.ports.expect([found(&alice(), fingerprint())]);
    assert_eq!(asks_with_pin(&service), Err(RequestError::HasNoPin.into()));
}

#[test]
fn a_right_pin_is_no_wrong_one_if_the_signature_does_not_verify() {
    let service = service_with_pin();
    let other = Outcome::Right(signature_of(b"something else"));
    let refused = sign_in_try(&service, Ok(other));
    assert_eq!(refused, Err(TpmError::BadSignature.into()));
    assert!(service.is_unlocked(&with_pin(&alice())));
}

#[test]
fn the_chip_is_not_told_of_a_key_that_it_has_to_load_in_a_try() {
    let service = service_with_pin();
    service.ports.expect([
        found(&alice(), fingerprint()),
        asked(Action::UseOwnKey, &alice(), &alice(), Answer::Waits),
    ]);
    let (data, caller) = (data(), call_of(&alice()));
    let asking = asking(&data, 0);
    let mut signing = pinned!(service.sign_with_pin(caller, fingerprint(), asking, pin("1234")));
    start(signing.as_mut());
    assert_eq!(service.ports.prepared(), []);
}

#[test]
fn without_the_pin_there_is_no_prompt() {
    let service = service_with_pin();
    service.ports.expect([found(&alice(), fingerprint())]);
    assert_eq!(sign(&service), Err(REQUIRED));
}

#[test]
fn a_pin_that_was_forgotten_while_a_person_was_asked_is_not_used() {
    let service = unlocked();
    let long = std::time::Duration::from_secs(8 * 3600);
    let late = Answer::DecidedSlowly(Decision::Allowed, long);
    service.ports.expect([
        found(&alice(), fingerprint()),
        asked(Action::UseOwnKey, &alice(), &alice(), late),
        found(&alice(), fingerprint()),
    ]);
    assert_eq!(sign(&service), Err(REQUIRED));
}

#[test]
fn a_pin_that_the_tpm_no_longer_takes_is_forgotten() {
    let service = unlocked();
    expect_signature(&service, Err(TpmError::WrongPin));
    assert_eq!(sign(&service), Err(REQUIRED));
    assert!(!service.is_unlocked(&with_pin(&alice())));
}

#[test]
fn a_lockout_does_not_have_it_forgotten() {
    let service = unlocked();
    expect_signature(&service, Err(TpmError::InLockout));
    assert_eq!(sign(&service), Err(TpmError::InLockout.into()));
    assert!(service.is_unlocked(&with_pin(&alice())));
}

#[test]
fn a_key_is_generated_with_its_pin_which_is_not_remembered() {
    let service = service();
    service.ports.set_status(ready());
    let made = TpmKey {
        protection: Protection::Pin,
        ..key()
    };
    let mut record = with_pin(&alice());
    record.created = 7;
    service.ports.expect([
        allowed(Action::CreateOwnKey, &alice(), &alice()),
        listed(&alice()),
        (
            Call::CreateWith(p256(), b"1234".to_vec()),
            Answer::Created(Ok(made)),
        ),
        (Call::Now, Answer::Time(7)),
        (Call::Add(record), Answer::Changed(Ok(()))),
    ]);
    let new = NewKey {
        derived: None,
        wanted: Wanted::parse("", None).expect("the default"),
        comment: comment("laptop"),
        restrictions: Change::default(),
        pin: Some(pin("1234")),
        pcrs: None,
    };
    let generation = run(service.begin_generate(call_of(&alice()), None, new)).expect("allowed");
    let finished = service.finish_generate(generation, std::future::pending());
    let key = run(finished).expect("a key");
    assert!(!key.unlocked);
}
