//! Tests of signing.

use std::pin::pin;

use signature::Verifier as _;
use ssh_key::Signature;

use super::people::{alice, bob, call_of, kept_to, key, owner, record, root, signature_of};
use super::*;
use crate::error::Error;
use crate::ports::TpmError;
use crate::requests::RequestError;
use crate::restrictions::Restrictions;
use crate::signature::{RawSignature, Scheme};
use crate::signed_data::fixtures::{certificate_of, login};
use sshtpm_ssh::limits::MAX_SIGN_DATA_BYTES;
use sshtpm_ssh::purpose::{Purpose, Purposes};

/// What ssh wants to have signed.
fn data() -> Vec<u8> {
    login(&key().public)
}

const MISSING: Error = Error::Request(RequestError::NoSuchKey);

fn fingerprint() -> Fingerprint {
    record(&alice()).fingerprint()
}

/// A service with a key of alice's.
fn service_with_key() -> Service<Fakes> {
    let service = service();
    service.ports.store(record(&alice()));
    service
}

fn sign(service: &Service<Fakes>, caller: &Owner, data: &[u8]) -> Result<Vec<u8>, Error> {
    run(service.sign(call_of(caller), fingerprint(), asking(data, 0)))
}

fn signed(data: &[u8], result: Result<RawSignature, TpmError>) -> (Call, Answer) {
    let scheme = Scheme::Ecdsa(ssh_key::EcdsaCurve::NistP256);
    (Call::Sign(scheme.to_sign(data)), Answer::Signed(result))
}

fn expect_signature(service: &Service<Fakes>, data: &[u8], result: Result<RawSignature, TpmError>) {
    service.ports.expect([
        found(&alice(), fingerprint()),
        allowed(Action::UseOwnKey, &alice(), &alice()),
        found(&alice(), fingerprint()),
        signed(data, result),
    ]);
}

#[test]
fn an_allowed_owner_gets_a_signature_that_verifies() {
    let service = service_with_key();
    expect_signature(&service, &data(), Ok(signature_of(&data())));
    let blob = sign(&service, &alice(), &data()).expect("a signature");
    let signature = Signature::try_from(&blob[..]).expect("an SSH signature");
    key().public.verify(&data(), &signature).expect("verifies");
}

#[test]
fn a_refused_signature_does_not_reach_the_tpm() {
    for why in REFUSALS {
        let service = service_with_key();
        service.ports.expect([
            found(&alice(), fingerprint()),
            refused(Action::UseOwnKey, &alice(), &alice(), why),
        ]);
        assert_eq!(sign(&service, &alice(), &data()), Err(why.into()));
    }
}

#[test]
fn a_key_that_was_deleted_while_a_person_was_asked_signs_nothing() {
    let service = service_with_key();
    let too_late = Answer::DecidedTooLate(Decision::Allowed);
    service.ports.expect([
        found(&alice(), fingerprint()),
        asked(Action::UseOwnKey, &alice(), &alice(), too_late),
        found(&alice(), fingerprint()),
    ]);
    assert_eq!(sign(&service, &alice(), &data()), Err(MISSING));
}

#[test]
fn a_foreign_key_answers_like_a_missing_one_without_a_prompt() {
    for service in [service_with_key(), service()] {
        service.ports.expect([found(&bob(), fingerprint())]);
        assert_eq!(sign(&service, &bob(), &data()), Err(MISSING));
    }
}

#[test]
fn root_cannot_sign_with_the_key_of_a_user() {
    let service = service_with_key();
    service.ports.expect([found(&root(), fingerprint())]);
    assert_eq!(sign(&service, &root(), &data()), Err(MISSING));
}

#[test]
fn neither_uid_nor_name_alone_makes_an_owner() {
    for almost in [owner(1000, "bob"), owner(1001, "alice")] {
        let service = service_with_key();
        service.ports.expect([found(&almost, fingerprint())]);
        assert_eq!(sign(&service, &almost, &data()), Err(MISSING));
    }
}

#[test]
fn data_of_0_bytes_is_refused_before_anything_is_looked_at() {
    let refused = sign(&service(), &alice(), b"");
    assert_eq!(refused, Err(RequestError::NothingToSign.into()));
}

#[test]
fn data_of_256_kib_is_signed() {
    let data = certificate_of(&key().public, MAX_SIGN_DATA_BYTES);
    assert_eq!(data.len(), 262_144);
    let service = service();
    let authority = Purposes::of([Purpose::Ca]).expect("one");
    let key = kept_to(&alice(), Restrictions::only(authority));
    service.ports.store(key);
    expect_signature(&service, &data, Ok(signature_of(&data)));
    sign(&service, &alice(), &data).expect("a signature");
}

#[test]
fn data_of_256_kib_and_1_byte_is_refused_before_anything_is_looked_at() {
    let refused = sign(
        &service(),
        &alice(),
        &certificate_of(&key().public, MAX_SIGN_DATA_BYTES + 1),
    );
    let too_much = RequestError::TooMuchToSign {
        got: 262_145,
        at_most: 262_144,
    };
    assert_eq!(refused, Err(too_much.into()));
}

#[test]
fn flags_that_do_not_fit_the_key_are_refused_without_a_prompt() {
    for flags in [1, 2, 4, 8, u32::MAX] {
        let service = service_with_key();
        service.ports.expect([found(&alice(), fingerprint())]);
        let refused = run(service.sign(call_of(&alice()), fingerprint(), asking(&data(), flags)));
        assert_eq!(refused, Err(RequestError::Flags(flags).into()));
    }
}

#[test]
fn a_signature_of_something_else_is_not_released() {
    let service = service_with_key();
    expect_signature(&service, &data(), Ok(signature_of(b"something else")));
    assert_eq!(
        sign(&service, &alice(), &data()),
        Err(TpmError::BadSignature.into())
    );
}

#[test]
fn what_is_no_signature_is_not_released() {
    let service = service_with_key();
    expect_signature(&service, &data(), Ok(RawSignature::Rsa(vec![7; 256])));
    assert_eq!(
        sign(&service, &alice(), &data()),
        Err(TpmError::BadSignature.into())
    );
}

#[test]
fn an_error_of_the_tpm_reaches_the_caller() {
    let service = service_with_key();
    expect_signature(&service, &data(), Err(TpmError::KeyLost));
    assert_eq!(
        sign(&service, &alice(), &data()),
        Err(TpmError::KeyLost.into())
    );
}

/// polkit's answer to alice, and what follows from a yes.
fn expect_answer(service: &Service<Fakes>, answer: Answer) {
    service.ports.expect([
        found(&alice(), fingerprint()),
        asked(Action::UseOwnKey, &alice(), &alice(), answer),
    ]);
}

#[test]
fn the_chip_is_told_of_the_key_before_the_answer_is_there() {
    let service = service_with_key();
    expect_answer(&service, Answer::Waits);
    let data = data();
    let mut signing = pin!(service.sign(call_of(&alice()), fingerprint(), asking(&data, 0)));
    start(signing.as_mut());
    assert_eq!(service.ports.prepared(), [fingerprint()]);
}

#[test]
fn while_it_is_asked_whether_it_may_the_chip_is_told_of_the_key() {
    let service = service_with_key();
    expect_answer(&service, Answer::DecidedLater(Decision::Allowed));
    let data = data();
    service.ports.expect([
        found(&alice(), fingerprint()),
        signed(&data, Ok(signature_of(&data))),
    ]);
    sign(&service, &alice(), &data).expect("a signature");
    assert_eq!(service.ports.prepared(), [fingerprint()]);
}

#[test]
fn where_it_is_known_that_it_may_the_chip_is_not_told_beforehand() {
    let service = service_with_key();
    expect_signature(&service, &data(), Ok(signature_of(&data())));
    sign(&service, &alice(), &data()).expect("a signature");
    assert_eq!(service.ports.prepared(), []);
}

#[test]
fn where_it_is_known_that_it_may_not_the_chip_is_not_told() {
    for why in REFUSALS {
        let service = service_with_key();
        expect_answer(&service, Answer::Decided(Decision::Refused(why)));
        assert_eq!(sign(&service, &alice(), &data()), Err(why.into()));
        assert_eq!(service.ports.prepared(), []);
    }
}

#[test]
fn a_refusal_that_comes_later_leaves_it_at_telling() {
    for why in REFUSALS {
        let service = service_with_key();
        expect_answer(&service, Answer::DecidedLater(Decision::Refused(why)));
        assert_eq!(sign(&service, &alice(), &data()), Err(why.into()));
        assert_eq!(service.ports.prepared(), [fingerprint()]);
    }
}
