//! Tests of what is forbidden of sealed keys, and of when none is kept ready.

use std::pin::pin;

use super::people::{alice, call_of, comment, ready, record, root, with_pin};
use super::unlock::pin as pin_of;
use super::*;
use crate::algorithm::Wanted;
use crate::error::Error;
use crate::key::{Holding, KeyRecord, TpmKey};
use crate::requests::RequestError;
use crate::sealed_keys::SealedKeys;
use crate::signed_data::fixtures::sshsig;
use sshtpm_ssh::algorithm::Algorithm;

const FORBIDDEN: Error = Error::Request(RequestError::SealedKeysForbidden);

fn sealed(owner: &Owner) -> KeyRecord {
    let record = record(owner);
    KeyRecord {
        key: TpmKey {
            holding: Holding::Sealed,
            ..record.key
        },
        ..record
    }
}

fn service_that_forbids() -> Service<Fakes> {
    let service = service();
    service.set_sealed_keys(SealedKeys::Forbidden);
    service
}

#[test]
fn where_sealed_keys_are_forbidden_none_is_made() {
    let service = service_that_forbids();
    let wanted = Wanted::parse("ssh-ed25519", None).expect("an algorithm");
    let made = run(service.generate(call_of(&alice()), None, wanted, comment("sealed")));
    assert_eq!(made.expect_err("forbidden"), FORBIDDEN);
}

#[test]
fn where_sealed_keys_are_forbidden_they_are_not_offered() {
    let service = service();
    let mut status = ready();
    if let Some(facts) = &mut status.facts {
        facts.algorithms = Algorithm::ALL.to_vec();
    }
    service.ports.set_status(status);
    let offered = || service.tpm_status().facts.expect("facts").algorithms;
    assert!(offered().contains(&Algorithm::Ed25519));
    service.set_sealed_keys(SealedKeys::Forbidden);
    assert_eq!(offered(), Algorithm::ALL[..6]);
}

#[test]
fn no_sealed_key_is_made_that_was_forbidden_while_it_was_asked_for() {
    let service = service();
    let mut status = ready();
    if let Some(facts) = &mut status.facts {
        facts.algorithms = Algorithm::ALL.to_vec();
    }
    service.ports.set_status(status);
    let later = Answer::DecidedLater(Decision::Allowed);
    let asks = asked(Action::CreateOwnKey, &alice(), &alice(), later);
    service.ports.expect([asks, listed(&alice())]);
    let wanted = Wanted::parse("ssh-ed25519", None).expect("an algorithm");
    let mut made = pin!(service.generate(call_of(&alice()), None, wanted, comment("sealed")));
    start(made.as_mut());
    service.set_sealed_keys(SealedKeys::Forbidden);
    assert_eq!(run(made).expect_err("forbidden"), FORBIDDEN);
}

#[test]
fn no_pin_is_tried_of_a_sealed_key_that_was_forbidden_meanwhile() {
    let service = service();
    let record = with_pin(&alice());
    let fingerprint = record.fingerprint();
    let key = TpmKey {
        holding: Holding::Sealed,
        ..record.key
    };
    service.ports.store(KeyRecord { key, ..record });
    let later = Answer::DecidedLater(Decision::Allowed);
    let asks = asked(Action::UseOwnKey, &alice(), &alice(), later);
    let finds = || found(&alice(), fingerprint);
    service.ports.expect([finds(), asks, finds()]);
    let unlock = service.unlock(call_of(&alice()), fingerprint, pin_of("1234"), None);
    let mut unlocked = pin!(unlock);
    start(unlocked.as_mut());
    service.set_sealed_keys(SealedKeys::Forbidden);
    assert_eq!(run(unlocked), Err(FORBIDDEN));
}

#[test]
fn a_sealed_key_that_is_forbidden_does_not_sign() {
    let service = service_that_forbids();
    let record = sealed(&alice());
    let fingerprint = record.fingerprint();
    service.ports.store(record);
    service.ports.expect([found(&alice(), fingerprint)]);
    let data = sshsig("file");
    let signed = service.sign(call_of(&alice()), fingerprint, asking(&data, 0));
    assert_eq!(run(signed), Err(FORBIDDEN));
}

#[test]
fn no_sealed_key_stays_ready_when_they_are_forbidden() {
    let service = service_that_forbids();
    assert_eq!(service.ports.wiped(), [None]);
    service.set_sealed_keys(SealedKeys::Allowed);
    assert_eq!(service.ports.wiped(), [None]);
}

#[test]
fn a_sealed_key_that_is_deleted_does_not_stay_ready() {
    let service = service();
    let record = sealed(&alice());
    let fingerprint = record.fingerprint();
    service.ports.store(record);
    service.ports.expect([
        allowed(Action::ManageOthers, &root(), &alice()),
        (Call::Delete(alice(), fingerprint), Answer::Changed(Ok(()))),
    ]);
    let deleted = delete(&service, &root(), Some(alice()), fingerprint);
    assert_eq!(deleted, Ok(()));
    assert_eq!(service.ports.wiped(), [Some(fingerprint)]);
}
