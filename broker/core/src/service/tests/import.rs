//! Tests of importing.

mod limits;
mod sealed;

use std::future::pending;

use super::people::{alice, bob, call_of, comment, host, key, ready, record, root, signature_of};
use super::*;
use crate::import::examples::{Area, ed25519, p256, sealed};
use crate::import::{TRIAL_DATA, Wrapped};
use crate::key::{KeyRecord, Origin, Protection, TpmKey};
use crate::ports::{Imported, StoreError, TpmError};
use crate::quota::LimitError;
use crate::requests::{RequestError, WrappedKey};
use crate::restrictions::{Change, Namespaces, NotForRaw, Screen};
use crate::service::ListedKey;
use crate::signature::RawSignature;
use ssh_key::public::KeyData;
use sshtpm_ssh::algorithm::Algorithm;
use sshtpm_ssh::purpose::{Purpose, Purposes};

/// Wrapped, the key that [`signature_of`] signs with.
pub(super) fn area() -> Area {
    let KeyData::Ecdsa(point) = key().public else {
        panic!("an ECDSA key");
    };
    let (x, y) = point.as_sec1_bytes()[1..].split_at(32);
    p256(x, y)
}

pub(super) fn wrapped(area: &Area) -> WrappedKey {
    WrappedKey {
        wrapped: Wrapped::new(&area.bytes(), &[1], &[2], None, None).expect("a key"),
        comment: comment("laptop"),
        restrictions: Change::default(),
        backed_up: false,
        rebinds: false,
    }
}

/// A sealed key, with the public key that the caller names.
fn sealed_one() -> WrappedKey {
    let named = ed25519([7; 32]);
    let sealed = Wrapped::new(&sealed().bytes(), &[1], &[2], Some(&named), None);
    WrappedKey {
        wrapped: sealed.expect("a key"),
        ..wrapped(&area())
    }
}

pub(super) fn service_with_tpm(limits: Limits) -> Service<Fakes> {
    let service = Fakes::service(limits, &host());
    service.ports.set_status(ready());
    service
}

pub(super) fn import_of(
    service: &Service<Fakes>,
    caller: &Owner,
    named: Option<Owner>,
    key: WrappedKey,
) -> Result<ListedKey, Error> {
    let begun = run(service.begin_import(call_of(caller), named, key))?;
    run(service.finish_import(begun, pending()))
}

fn import(service: &Service<Fakes>, caller: &Owner) -> Result<ListedKey, Error> {
    import_of(service, caller, None, wrapped(&area()))
}

pub(super) fn error_of(result: Result<ListedKey, Error>) -> Error {
    result.expect_err("it is refused")
}

/// The record of an imported key.
fn imported_record(owner: &Owner) -> KeyRecord {
    KeyRecord {
        origin: Origin::Imported,
        ..record(owner)
    }
}

pub(super) fn proved(proof: Option<RawSignature>) -> (Call, Answer) {
    let key = key();
    let result = Ok(Imported { key, proof });
    (
        Call::Import(record(&alice()).fingerprint()),
        Answer::Imported(result),
    )
}

fn failing(error: TpmError) -> (Call, Answer) {
    (
        Call::Import(record(&alice()).fingerprint()),
        Answer::Imported(Err(error)),
    )
}

/// All that is asked before the TPM imports a key for `caller`.
fn expect_agreement(service: &Service<Fakes>, caller: &Owner) {
    let fingerprint = record(caller).fingerprint();
    service.ports.expect([
        found(caller, fingerprint),
        allowed(Action::ImportOwnKey, caller, caller),
        listed(caller),
        found(caller, fingerprint),
    ]);
}

fn expect_import(service: &Service<Fakes>, caller: &Owner) {
    expect_agreement(service, caller);
    service.ports.expect([
        proved(Some(signature_of(TRIAL_DATA))),
        (Call::Now, Answer::Time(1_700_000_000)),
        (Call::Add(imported_record(caller)), Answer::Changed(Ok(()))),
    ]);
}

#[test]
fn an_imported_key_that_signs_is_stored_with_its_origin() {
    let service = service_with_tpm(LIMITS);
    expect_import(&service, &alice());
    let made = import(&service, &alice()).expect("a key");
    assert!(*made.record == imported_record(&alice()));
}

#[test]
fn the_owner_says_whether_there_is_a_copy() {
    let service = service_with_tpm(LIMITS);
    expect_agreement(&service, &alice());
    let copied = KeyRecord {
        backed_up: true,
        ..imported_record(&alice())
    };
    service.ports.expect([
        proved(Some(signature_of(TRIAL_DATA))),
        (Call::Now, Answer::Time(1_700_000_000)),
        (Call::Add(copied), Answer::Changed(Ok(()))),
    ]);
    let key = WrappedKey {
        backed_up: true,
        ..wrapped(&area())
    };
    assert!(import_of(&service, &alice(), None, key).is_ok());
}

#[test]
fn a_refused_import_reaches_neither_tpm_nor_store() {
    for why in REFUSALS {
        let service = service_with_tpm(LIMITS);
        service.ports.expect([
            found(&alice(), record(&alice()).fingerprint()),
            refused(Action::ImportOwnKey, &alice(), &alice(), why),
        ]);
        assert_eq!(error_of(import(&service, &alice())), why.into());
    }
}

#[test]
fn a_key_that_its_owner_has_is_refused_by_name_without_a_prompt() {
    let service = service_with_tpm(LIMITS);
    service.ports.store(record(&alice()));
    let fingerprint = record(&alice()).fingerprint();
    service.ports.expect([found(&alice(), fingerprint)]);
    let refused = error_of(import(&service, &alice()));
    assert_eq!(refused, RequestError::AlreadyThere(fingerprint).into());
    assert!(refused.to_string().contains(&fingerprint.to_string()));
}

#[test]
fn a_key_that_another_user_has_is_imported_like_any_other() {
    let service = service_with_tpm(LIMITS);
    service.ports.store(record(&bob()));
    expect_import(&service, &alice());
    assert!(import(&service, &alice()).is_ok());
}

#[test]
fn whether_there_is_such_a_host_key_is_said_after_the_prompt_alone() {
    let service = service_with_tpm(LIMITS);
    service.ports.store(record(&host()));
    let fingerprint = record(&host()).fingerprint();
    service.ports.expect([
        found(&host(), fingerprint),
        allowed(Action::ManageHostKeys, &root(), &host()),
    ]);
    let refused = import_of(&service, &root(), Some(host()), wrapped(&area()));
    let there = RequestError::AlreadyThere(fingerprint);
    assert_eq!(error_of(refused), there.into());
}

/// Imports that no raw key allows, and why.
fn unfit_for_raw() -> [(WrappedKey, RequestError); 2] {
    let raw = Change {
        purposes: Purposes::of([Purpose::Raw]),
        ..Change::default()
    };
    let limited = WrappedKey {
        restrictions: Change {
            namespaces: Namespaces::new(["git".to_owned()]).ok(),
            ..raw.clone()
        },
        ..wrapped(&area())
    };
    let sealed = WrappedKey {
        restrictions: raw,
        ..sealed_one()
    };
    let why = NotForRaw::Limited.into();
    [(limited, why), (sealed, RequestError::RawSealed)]
}

#[test]
fn what_no_raw_key_can_have_is_refused_before_the_records_are_read() {
    for owner in [None, Some(host())] {
        for (key, why) in unfit_for_raw() {
            // It expects no call at all.
            let service = service_with_tpm(LIMITS);
            let refused = import_of(&service, &alice(), owner.clone(), key);
            assert_eq!(error_of(refused), why.into());
        }
    }
}

#[test]
fn importing_for_another_user_is_refused_without_a_prompt() {
    for caller in [alice(), root(), host()] {
        let refused = import_of(&service(), &caller, Some(bob()), wrapped(&area()));
        let expected = RequestError::ImportForOther("sshtpm-host".to_owned());
        assert_eq!(error_of(refused), expected.into());
    }
}

#[test]
fn a_host_key_cannot_be_imported_to_depend_on_a_screen() {
    let key = WrappedKey {
        restrictions: Change {
            screen: Some(Screen::Unlocked),
            ..Change::default()
        },
        ..wrapped(&area())
    };
    let refused = import_of(&service(), &root(), Some(host()), key);
    assert_eq!(error_of(refused), RequestError::HostKeyWhileUnlocked.into());
}

#[test]
fn a_key_whose_kind_the_tpm_lacks_is_refused_without_a_prompt() {
    let service = service_with_tpm(LIMITS);
    let p521 = crate::import::examples::p521();
    let refused = error_of(import_of(&service, &alice(), None, wrapped(&p521)));
    assert!(matches!(
        refused,
        Error::Request(RequestError::NotOffered { .. })
    ));
}

#[test]
fn a_key_that_does_not_sign_is_not_stored() {
    let other = signature_of(b"other data");
    let none = [None, Some(other), Some(RawSignature::Rsa(vec![1; 256]))];
    for proof in none {
        let service = service_with_tpm(LIMITS);
        expect_agreement(&service, &alice());
        service.ports.expect([proved(proof)]);
        let refused = error_of(import(&service, &alice()));
        assert_eq!(refused, TpmError::BadSignature.into());
    }
}

#[test]
fn a_key_with_a_pin_is_stored_without_a_signature() {
    let service = service_with_tpm(LIMITS);
    expect_agreement(&service, &alice());
    let key = TpmKey {
        protection: Protection::Pin,
        ..key()
    };
    let with_pin = KeyRecord {
        key: key.clone(),
        ..imported_record(&alice())
    };
    let imported = Imported { key, proof: None };
    service.ports.expect([
        (
            Call::Import(with_pin.fingerprint()),
            Answer::Imported(Ok(imported)),
        ),
        (Call::Now, Answer::Time(1_700_000_000)),
        (Call::Add(with_pin), Answer::Changed(Ok(()))),
    ]);
    let with_pin = Area {
        attributes: 0x0004_0040,
        ..area()
    };
    assert!(import_of(&service, &alice(), None, wrapped(&with_pin)).is_ok());
}

#[test]
fn what_the_tpm_does_not_take_is_not_stored() {
    for error in [
        TpmError::NotOfThisTpm,
        TpmError::UnsaidPin,
        TpmError::Failed,
        TpmError::CallerGone,
    ] {
        let service = service_with_tpm(LIMITS);
        expect_agreement(&service, &alice());
        service.ports.expect([failing(error.clone())]);
        assert_eq!(error_of(import(&service, &alice())), error.into());
    }
}
