//! Tests of adopting.

use std::future::pending;
use std::sync::Arc;

use super::people::{alice, bob, call_of, comment, host, key, ready, record, root, signature_of};
use super::unlock::{PLENTY, fingerprint, pin};
use super::*;
use crate::adopt::examples::p256;
use crate::adopt::{Loadable, NotAdoptable, TRIAL_DATA};
use crate::import::examples::Area;
use crate::key::{KeyRecord, Origin, Protection, TpmKey};
use crate::pins::{Attempt, Outcome, PinError};
use crate::ports::{Adopted, StoreError, TpmError};
use crate::quota::LimitError;
use crate::requests::{LoadableKey, Passwords, RequestError};
use crate::restrictions::Change;
use crate::service::ListedKey;
use ssh_key::public::KeyData;

/// The key that [`signature_of`] signs with, as another program had the TPM make it.
fn area() -> Area {
    let KeyData::Ecdsa(point) = key().public else {
        panic!("an ECDSA key");
    };
    let (x, y) = point.as_sec1_bytes()[1..].split_at(32);
    p256(x, y)
}

fn loadable(area: &Area, present: Option<&str>, new: Option<&str>) -> LoadableKey {
    let [present, new] = [present, new].map(|text| text.map(|text| Arc::new(pin(text))));
    LoadableKey {
        loadable: Loadable::new(&area.bytes(), &[1]).expect("a key"),
        comment: comment("laptop"),
        restrictions: Change::default(),
        passwords: Passwords { present, new },
    }
}

fn service_with_tpm(limits: Limits) -> Service<Fakes> {
    let service = Fakes::service(limits, &host());
    service.ports.set_status(ready());
    service
}

fn adopt_as(
    service: &Service<Fakes>,
    caller: &Owner,
    named: Option<Owner>,
    key: LoadableKey,
) -> Result<ListedKey, Error> {
    let begun = run(service.begin_adopt(call_of(caller), named, key))?;
    run(service.finish_adopt(begun, pending()))
}

fn adopt(service: &Service<Fakes>, caller: &Owner) -> Result<ListedKey, Error> {
    adopt_as(service, caller, None, loadable(&area(), None, None))
}

fn error_of(result: Result<ListedKey, Error>) -> Error {
    result.expect_err("it is refused")
}

fn adopted_record(owner: &Owner, protection: Protection) -> KeyRecord {
    KeyRecord {
        origin: Origin::Adopted,
        key: TpmKey {
            protection,
            ..key()
        },
        ..record(owner)
    }
}

type Answered = Result<Outcome<Adopted>, TpmError>;

fn tried(present: Option<&str>, new: Option<&str>, result: Answered) -> (Call, Answer) {
    let result = result.map(|outcome| Attempt {
        lockout: PLENTY,
        outcome,
    });
    let [present, new] = [present, new].map(|text| text.map(|text| text.as_bytes().to_vec()));
    let call = Call::Adopt(fingerprint(), present, new);
    (call, Answer::Adopted(result))
}

fn right(protection: Protection, signed: &[u8]) -> Answered {
    let key = adopted_record(&alice(), protection).key;
    let proof = signature_of(signed);
    Ok(Outcome::Right(Adopted { key, proof }))
}

fn another_has(owner: &Owner) -> (Call, Answer) {
    let call = Call::AnotherHas(owner.clone(), fingerprint());
    (call, Answer::AsStored)
}

/// All that is asked before the TPM sees a key for `caller`.
fn expect_agreement(service: &Service<Fakes>, caller: &Owner) {
    service.ports.expect([
        found(caller, fingerprint()),
        allowed(Action::AdoptOwnKey, caller, caller),
        listed(caller),
        found(caller, fingerprint()),
        another_has(caller),
    ]);
}

fn expect_stored(service: &Service<Fakes>, record: KeyRecord) {
    service.ports.expect([
        (Call::Now, Answer::Time(1_700_000_000)),
        (Call::Add(record), Answer::Changed(Ok(()))),
    ]);
}

fn expect_adoption(service: &Service<Fakes>, caller: &Owner) {
    expect_agreement(service, caller);
    let right = right(Protection::Nothing, TRIAL_DATA);
    service.ports.expect([tried(None, None, right)]);
    expect_stored(service, adopted_record(caller, Protection::Nothing));
}

#[test]
fn an_adopted_key_that_signs_is_stored_with_its_origin() {
    let service = service_with_tpm(LIMITS);
    expect_adoption(&service, &alice());
    let made = adopt(&service, &alice()).expect("a key");
    assert!(*made.record == adopted_record(&alice(), Protection::Nothing));
}

#[test]
fn a_password_is_tried_once_and_gives_way_to_the_pin() {
    for (new, after) in [(Some("5678"), Protection::Pin), (None, Protection::Nothing)] {
        let service = service_with_tpm(LIMITS);
        expect_agreement(&service, &alice());
        let right = right(after, TRIAL_DATA);
        service.ports.expect([tried(Some("1234"), new, right)]);
        expect_stored(&service, adopted_record(&alice(), after));
        let key = loadable(&area(), Some("1234"), new);
        assert!(adopt_as(&service, &alice(), None, key).is_ok());
    }
}

#[test]
fn a_refused_adoption_reaches_neither_tpm_nor_store() {
    for why in REFUSALS {
        let service = service_with_tpm(LIMITS);
        service.ports.expect([
            found(&alice(), fingerprint()),
            refused(Action::AdoptOwnKey, &alice(), &alice(), why),
        ]);
        assert_eq!(error_of(adopt(&service, &alice())), why.into());
    }
}

#[test]
fn a_wrong_password_counts_also_where_none_was_given() {
    let missing = RequestError::Adopt(NotAdoptable::HasPassword);
    for (present, expected) in [
        (Some("1234"), Error::Pin(PinError::Wrong(None))),
        (None, missing.into()),
    ] {
        let service = service_with_tpm(LIMITS);
        let attempt = || adopt_as(&service, &alice(), None, loadable(&area(), present, None));
        expect_agreement(&service, &alice());
        service
            .ports
            .expect([tried(present, None, Ok(Outcome::Wrong))]);
        assert_eq!(error_of(attempt()), expected);
        expect_agreement(&service, &alice());
        service
            .ports
            .expect([tried(present, None, Ok(Outcome::Wrong))]);
        attempt().expect_err("wrong again");
        // No person is asked about a password that will not be tried.
        service.ports.expect([found(&alice(), fingerprint())]);
        let early = error_of(attempt());
        assert!(matches!(early, Error::Pin(PinError::Key(_))), "{early:?}");
    }
}

#[test]
fn a_key_that_the_parent_did_not_make_costs_no_try() {
    let service = service_with_tpm(LIMITS);
    for _ in 0..5 {
        expect_agreement(&service, &alice());
        let foreign = Err(TpmError::NotOfThisTpm);
        service.ports.expect([tried(None, None, foreign)]);
        let expected = RequestError::Adopt(NotAdoptable::OtherParent);
        assert_eq!(error_of(adopt(&service, &alice())), expected.into());
    }
}

#[test]
fn a_key_that_another_user_has_is_refused_as_one_of_another_tpm() {
    let service = service_with_tpm(LIMITS);
    service.ports.store(record(&bob()));
    expect_agreement(&service, &alice());
    let refused = error_of(adopt(&service, &alice()));
    let expected = RequestError::Adopt(NotAdoptable::OtherParent);
    assert_eq!(refused, expected.into());
}

#[test]
fn a_key_that_its_owner_has_is_refused_by_name_without_a_prompt() {
    let service = service_with_tpm(LIMITS);
    service.ports.store(record(&alice()));
    service.ports.expect([found(&alice(), fingerprint())]);
    let refused = error_of(adopt(&service, &alice()));
    assert_eq!(refused, RequestError::AlreadyThere(fingerprint()).into());
}

#[test]
fn adopting_for_sshd_is_managing_host_keys_and_for_others_is_refused() {
    let service = service_with_tpm(LIMITS);
    let why = Refused::NotAuthorized;
    let asked = refused(Action::ManageHostKeys, &root(), &host(), why);
    service.ports.expect([asked]);
    let key = || loadable(&area(), None, None);
    let for_sshd = adopt_as(&service, &root(), Some(host()), key());
    assert_eq!(error_of(for_sshd), why.into());
    let for_bob = adopt_as(&service, &alice(), Some(bob()), key());
    let expected = RequestError::AdoptForOther("sshtpm-host".to_owned());
    assert_eq!(error_of(for_bob), expected.into());
}

#[test]
fn a_key_whose_pin_the_tpm_would_not_protect_gets_none() {
    let without_protection = Area {
        attributes: area().attributes | 1 << 10,
        ..area()
    };
    let key = loadable(&without_protection, None, Some("5678"));
    let refused = error_of(adopt_as(&service(), &alice(), None, key));
    let expected = RequestError::Adopt(NotAdoptable::PinUnprotected);
    assert_eq!(refused, expected.into());
}

#[test]
fn an_adopted_key_that_does_not_sign_is_not_stored() {
    let service = service_with_tpm(LIMITS);
    expect_agreement(&service, &alice());
    let other = right(Protection::Nothing, b"other data");
    service.ports.expect([tried(None, None, other)]);
    let refused = error_of(adopt(&service, &alice()));
    assert_eq!(refused, TpmError::BadSignature.into());
}

#[test]
fn an_adoption_that_cannot_be_stored_fails_and_gives_its_place_back() {
    let limits = Limits {
        keys_per_user: 1,
        ..LIMITS
    };
    let service = service_with_tpm(limits);
    expect_agreement(&service, &alice());
    let record = adopted_record(&alice(), Protection::Nothing);
    service.ports.expect([
        tried(None, None, right(Protection::Nothing, TRIAL_DATA)),
        (Call::Now, Answer::Time(1_700_000_000)),
        (Call::Add(record), Answer::Changed(Err(StoreError::Full))),
    ]);
    assert_eq!(error_of(adopt(&service, &alice())), StoreError::Full.into());
    expect_adoption(&service, &alice());
    assert!(adopt(&service, &alice()).is_ok());
}

#[test]
fn adoptions_count_with_the_keys_that_are_generated_in_an_hour() {
    let limits = Limits {
        keys_generated_per_hour: 1,
        ..LIMITS
    };
    let service = service_with_tpm(limits);
    // Nothing was asked of the TPM.
    expect_agreement(&service, &alice());
    let gone = TpmError::Unavailable("gone".to_owned());
    service.ports.expect([tried(None, None, Err(gone))]);
    assert!(adopt(&service, &alice()).is_err());
    // Here it worked.
    expect_agreement(&service, &alice());
    let foreign = Err(TpmError::NotOfThisTpm);
    service.ports.expect([tried(None, None, foreign)]);
    assert!(adopt(&service, &alice()).is_err());
    expect_agreement(&service, &alice());
    let refused = error_of(adopt(&service, &alice()));
    assert!(matches!(
        refused,
        Error::Limit(LimitError::GeneratedPerHour { at_most: 1, .. })
    ));
}
