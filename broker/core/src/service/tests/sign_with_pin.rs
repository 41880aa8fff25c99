//! Tests of signing with a key that has a PIN, and of generating one.

use super::people::{alice, call_of, comment, key, p256, ready, signature_of, with_pin};
use super::unlock::{fingerprint, pin, service_with_pin, unlocked};
use super::*;
use crate::algorithm::Wanted;
use crate::error::Error;
use crate::key::{Protection, TpmKey};
use crate::pins::PinError;
use crate::ports::TpmError;
use crate::requests::NewKey;
use crate::restrictions::Change;
use crate::signature::{RawSignature, Scheme};
use crate::signed_data::fixtures::login;

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
