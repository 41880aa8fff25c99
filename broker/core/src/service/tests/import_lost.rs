//! Tests of importing a key that is there, but lost.

use std::sync::Arc;

use super::import::{area, error_of, import_of, proved, service_with_tpm, wrapped};
use super::people::{alice, comment, host, key, parent, record, root, signature_of, usual};
use super::*;
use crate::import::TRIAL_DATA;
use crate::key::{KeyRecord, Origin, Protection, TpmKey};
use crate::ports::StoreError;
use crate::requests::WrappedKey;
use crate::restrictions::{Change, Confirmation, Forwarding, Restrictions};
use sshtpm_ssh::pcr::{AuthValue, PcrPolicy, PcrValues};
use sshtpm_ssh::purpose::{Purpose, Purposes};

/// A key of `owner` under another parent than the present one, which may do this.
fn lost(owner: &Owner, restrictions: Restrictions) -> KeyRecord {
    KeyRecord {
        restrictions: Arc::new(restrictions),
        key: TpmKey {
            parent: parent(8),
            ..key()
        },
        ..record(owner)
    }
}

fn confirmed() -> Restrictions {
    Restrictions {
        confirmation: Confirmation::EachUse,
        ..usual(&alice())
    }
}

fn lost_with_pin() -> KeyRecord {
    let mut lost = lost(&alice(), usual(&alice()));
    lost.key.protection = Protection::Pin;
    lost
}

/// A lost key that PCR 7 had to fit.
fn lost_and_bound() -> KeyRecord {
    let seven = "7".parse().expect("a selection");
    let values = PcrValues::new(seven, &[[1; 32]]).expect("values");
    let policy = PcrPolicy::new(values, AuthValue::NotNeeded);
    let mut lost = lost(&alice(), usual(&alice()));
    lost.key.pcrs = Some(Arc::new(policy));
    lost
}

/// What `lost` becomes.
fn back(lost: &KeyRecord, restrictions: Restrictions) -> KeyRecord {
    KeyRecord {
        origin: Origin::Imported,
        restrictions: Arc::new(restrictions),
        key: key(),
        ..lost.clone()
    }
}

fn service_with(lost: &KeyRecord, limits: Limits) -> Service<Fakes> {
    let service = service_with_tpm(limits);
    service.ports.store(lost.clone());
    service
}

/// What is asked before the TPM imports a key of alice's, with these further questions.
fn expect_questions(service: &Service<Fakes>, further: &[Action]) {
    let fingerprint = record(&alice()).fingerprint();
    service.ports.expect([
        found(&alice(), fingerprint),
        allowed(Action::ImportOwnKey, &alice(), &alice()),
    ]);
    for action in further {
        service.ports.expect([allowed(*action, &alice(), &alice())]);
    }
    service.ports.expect([found(&alice(), fingerprint)]);
}

fn expect_back(service: &Service<Fakes>, back: KeyRecord, result: Result<(), StoreError>) {
    service.ports.expect([
        proved(Some(signature_of(TRIAL_DATA))),
        (Call::Now, Answer::Time(1_700_000_000)),
        (Call::TakePlace(back), Answer::Changed(result)),
    ]);
}

fn import_with(service: &Service<Fakes>, key: WrappedKey) -> Result<KeyRecord, Error> {
    let imported = import_of(service, &alice(), None, key)?;
    Ok(KeyRecord::clone(&imported.record))
}

fn plain() -> WrappedKey {
    wrapped(&area())
}

fn with(restrictions: Change) -> WrappedKey {
    WrappedKey {
        restrictions,
        ..plain()
    }
}

#[test]
fn an_imported_key_takes_the_place_of_a_lost_one_with_its_rules() {
    let lost = lost(&alice(), confirmed());
    let service = service_with(&lost, LIMITS);
    expect_questions(&service, &[]);
    let expected = back(&lost, confirmed());
    expect_back(&service, expected.clone(), Ok(()));
    assert_eq!(import_with(&service, plain()), Ok(expected.clone()));
    assert_eq!(service.ports.stored(), [Arc::new(expected)]);
}

#[test]
fn a_user_with_the_most_keys_gets_a_lost_one_back() {
    let limits = Limits {
        keys_per_user: 1,
        ..LIMITS
    };
    let lost = lost(&alice(), usual(&alice()));
    let service = service_with(&lost, limits);
    expect_questions(&service, &[]);
    expect_back(&service, back(&lost, usual(&alice())), Ok(()));
    assert!(import_with(&service, plain()).is_ok());
}

#[test]
fn tighter_rules_for_a_lost_key_need_no_further_question() {
    let lost = lost(&alice(), usual(&alice()));
    let service = service_with(&lost, LIMITS);
    expect_questions(&service, &[]);
    let tight = Restrictions {
        forwarding: Forwarding::Forbidden,
        ..usual(&alice())
    };
    expect_back(&service, back(&lost, tight), Ok(()));
    let tighter = Change {
        forwarding: Some(Forwarding::Forbidden),
        ..Change::default()
    };
    assert!(import_with(&service, with(tighter)).is_ok());
}

/// Imports by which a lost key would be less protected than it was.
fn relaxations() -> Vec<(KeyRecord, WrappedKey)> {
    let only_auth = Restrictions {
        purposes: Purposes::of([Purpose::Auth]).expect("a purpose"),
        ..usual(&alice())
    };
    let wider = Change {
        purposes: Some(Purposes::of_users()),
        ..Change::default()
    };
    let unconfirmed = Change {
        confirmation: Some(Confirmation::NotNeeded),
        ..Change::default()
    };
    let renamed = WrappedKey {
        comment: comment("another name"),
        ..plain()
    };
    vec![
        (lost(&alice(), only_auth), with(wider)),
        (lost(&alice(), confirmed()), with(unconfirmed)),
        (lost(&alice(), confirmed()), renamed),
        (lost_with_pin(), plain()),
        (lost_and_bound(), plain()),
    ]
}

#[test]
fn a_lost_key_gets_less_protection_only_by_the_owners_password() {
    for (lost, key) in relaxations() {
        let service = service_with(&lost, LIMITS);
        let fingerprint = lost.fingerprint();
        let why = Refused::NotAuthorized;
        service.ports.expect([
            found(&alice(), fingerprint),
            allowed(Action::ImportOwnKey, &alice(), &alice()),
            refused(Action::ChangeOwnKey, &alice(), &alice(), why),
        ]);
        assert_eq!(import_with(&service, key), Err(why.into()));
    }
}

#[test]
fn with_that_password_a_lost_key_comes_back_without_its_pin() {
    let lost = lost_with_pin();
    let service = service_with(&lost, LIMITS);
    expect_questions(&service, &[Action::ChangeOwnKey]);
    expect_back(&service, back(&lost, usual(&alice())), Ok(()));
    assert!(import_with(&service, plain()).is_ok());
}

#[test]
fn a_lost_host_key_comes_back_by_the_right_to_manage_them() {
    let lost = lost(&host(), usual(&host()));
    let service = service_with(&lost, LIMITS);
    let fingerprint = lost.fingerprint();
    service.ports.expect([
        found(&host(), fingerprint),
        allowed(Action::ManageHostKeys, &root(), &host()),
        found(&host(), fingerprint),
    ]);
    expect_back(&service, back(&lost, usual(&host())), Ok(()));
    assert!(import_of(&service, &root(), Some(host()), plain()).is_ok());
}

#[test]
fn a_lost_key_that_goes_while_a_person_is_asked_does_not_come_back() {
    let lost = lost(&alice(), usual(&alice()));
    let service = service_with(&lost, LIMITS);
    let fingerprint = lost.fingerprint();
    let too_late = Answer::DecidedTooLate(Decision::Allowed);
    service.ports.expect([
        found(&alice(), fingerprint),
        asked(Action::ImportOwnKey, &alice(), &alice(), too_late),
        found(&alice(), fingerprint),
    ]);
    let refused = error_of(import_of(&service, &alice(), None, plain()));
    assert_eq!(refused, StoreError::ChangedByAnother.into());
}

#[test]
fn what_cannot_be_stored_leaves_the_lost_record() {
    let lost = lost(&alice(), usual(&alice()));
    let service = service_with(&lost, LIMITS);
    expect_questions(&service, &[]);
    let expected = back(&lost, usual(&alice()));
    expect_back(&service, expected, Err(StoreError::Full));
    assert_eq!(import_with(&service, plain()), Err(StoreError::Full.into()));
    assert_eq!(service.ports.stored(), [Arc::new(lost)]);
}
