//! Tests of having the TPM keep a key.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::people::{alice, another_key, bob, call_of, host, ready, record, root, with_pin};
use super::*;
use crate::by_use::Why;
use crate::error::Error;
use crate::key::{KeyRecord, TpmKey};
use crate::persistent::{AUTH_BYTES, HandleAuth, OwnHandle, Persistent};
use crate::ports::{StoreError, TpmError};
use crate::requests::RequestError;
use crate::service::set_persistent::Promotion;
use sshtpm_ssh::kept_by::KeptBy;

fn fingerprint() -> Fingerprint {
    record(&alice()).fingerprint()
}

fn persistent(handle: u32) -> Persistent {
    Persistent {
        handle: OwnHandle::new(handle).expect("one of ours"),
        auth: HandleAuth::new(Zeroizing::new([7; AUTH_BYTES])).expect("a value"),
        by: KeptBy::Administrator,
    }
}

fn first() -> Arc<Persistent> {
    Arc::new(persistent(0x8153_5300))
}

/// A key of `owner`'s that the TPM keeps.
fn promoted(owner: &Owner) -> KeyRecord {
    there(record(owner), first())
}

/// The key of `record` at this place.
fn there(record: KeyRecord, persistent: Arc<Persistent>) -> KeyRecord {
    KeyRecord {
        key: TpmKey {
            persistent: Some(persistent),
            ..record.key
        },
        ..record
    }
}

fn service_with(record: KeyRecord) -> Service<Fakes> {
    let service = service();
    service.ports.store(record);
    service
}

fn set(
    service: &Service<Fakes>,
    caller: &Owner,
    named: Option<Owner>,
    wanted: bool,
) -> Result<(), Error> {
    run(async {
        let begun = service
            .begin_set_persistent(call_of(caller), named, fingerprint(), wanted)
            .await?;
        service.finish_set_persistent(begun).await
    })
}

/// Up to the TPM, for a key of the caller's own.
fn until_tpm() -> [(Call, Answer); 3] {
    [
        found(&alice(), fingerprint()),
        allowed(Action::ManageTpm, &alice(), &alice()),
        found(&alice(), fingerprint()),
    ]
}

fn persisted(
    beside: &[Fingerprint],
    result: Result<Option<Persistent>, TpmError>,
) -> (Call, Answer) {
    let call = Call::Persist(fingerprint(), beside.to_vec());
    (call, Answer::Persisted(result))
}

fn evicted(result: Result<(), TpmError>) -> (Call, Answer) {
    (Call::Evict(fingerprint(), first()), Answer::Evicted(result))
}

fn stored(after: Option<Arc<Persistent>>, result: Result<(), StoreError>) -> (Call, Answer) {
    let call = Call::SetPersistent(alice(), fingerprint(), after);
    (call, Answer::Changed(result))
}

#[test]
fn a_key_is_put_into_the_tpm_and_its_record_says_where() {
    let service = service_with(record(&alice()));
    service.ports.expect(until_tpm());
    service.ports.expect([
        persisted(&[], Ok(Some(persistent(0x8153_5300)))),
        stored(Some(first()), Ok(())),
    ]);
    assert_eq!(set(&service, &alice(), None, true), Ok(()));
}

#[test]
fn persisting_any_key_takes_the_right_to_manage_the_tpm() {
    for (owner, caller) in [(alice(), root()), (alice(), bob()), (host(), alice())] {
        for why in REFUSALS {
            let service = service_with(record(&owner));
            let refusal = refused(Action::ManageTpm, &caller, &owner, why);
            service.ports.expect([refusal]);
            let answer = set(&service, &caller, Some(owner.clone()), true);
            assert_eq!(answer, Err(why.into()));
        }
    }
}

#[test]
fn a_manager_of_the_tpm_persists_keys_of_others() {
    let service = service_with(record(&alice()));
    service.ports.expect([
        allowed(Action::ManageTpm, &root(), &alice()),
        found(&alice(), fingerprint()),
        persisted(&[], Ok(Some(persistent(0x8153_5300)))),
        stored(Some(first()), Ok(())),
    ]);
    assert_eq!(set(&service, &root(), Some(alice()), true), Ok(()));
}

#[test]
fn a_missing_own_key_or_one_with_a_pin_needs_no_prompt() {
    let missing = service();
    missing.ports.expect([found(&alice(), fingerprint())]);
    let answer = set(&missing, &alice(), None, true);
    assert_eq!(answer, Err(RequestError::NoSuchKey.into()));
    let with_pin = service_with(with_pin(&alice()));
    with_pin.ports.expect([found(&alice(), fingerprint())]);
    let answer = set(&with_pin, &alice(), None, true);
    assert_eq!(answer, Err(RequestError::PinNotPersistent.into()));
}

#[test]
fn only_a_manager_learns_whether_a_foreign_key_has_a_pin() {
    let service = service_with(with_pin(&alice()));
    service.ports.expect([
        allowed(Action::ManageTpm, &bob(), &alice()),
        found(&alice(), fingerprint()),
    ]);
    let answer = set(&service, &bob(), Some(alice()), true);
    assert_eq!(answer, Err(RequestError::PinNotPersistent.into()));
}

#[test]
fn a_key_that_is_there_already_stays_as_it_is() {
    let service = service_with(promoted(&alice()));
    service.ports.expect(until_tpm());
    service
        .ports
        .expect([persisted(&[fingerprint()], Ok(None))]);
    assert_eq!(set(&service, &alice(), None, true), Ok(()));
}

#[test]
fn a_key_that_is_kept_by_use_becomes_the_administrators_choice() {
    let by_use = Arc::new(first().kept_by(KeptBy::Use));
    let service = service_with(there(record(&alice()), by_use));
    service.ports.expect(until_tpm());
    service.ports.expect([
        persisted(&[fingerprint()], Ok(None)),
        stored(Some(first()), Ok(())),
    ]);
    assert_eq!(set(&service, &alice(), None, true), Ok(()));
}

#[test]
fn a_key_that_is_kept_by_use_makes_room_for_an_administrators() {
    let service = service_with(record(&alice()));
    let second = Arc::new(persistent(0x8153_5301).kept_by(KeptBy::Use));
    let another = KeyRecord {
        key: another_key(),
        ..record(&bob())
    };
    let another = there(another, second);
    let others = another.fingerprint();
    service.ports.store(another);
    service.ports.set_status(ready());
    service.ports.expect(until_tpm());
    service.ports.expect([
        persisted(&[others], Err(TpmError::NoRoom("full"))),
        found(&bob(), others),
        (
            Call::GiveBack(others, Why::Administrator),
            Answer::Evicted(Ok(())),
        ),
        (Call::SetGivenBack(bob(), others), Answer::Changed(Ok(()))),
        persisted(&[], Ok(Some(persistent(0x8153_5300)))),
        stored(Some(first()), Ok(())),
    ]);
    assert_eq!(set(&service, &alice(), None, true), Ok(()));
}

#[test]
fn what_the_tpm_cannot_do_changes_nothing() {
    for failure in [
        TpmError::NoRoom("full"),
        TpmError::OwnerHasPassword,
        TpmError::KeyLost,
        TpmError::Failed,
    ] {
        let service = service_with(record(&alice()));
        service.ports.expect(until_tpm());
        service.ports.expect([persisted(&[], Err(failure.clone()))]);
        assert_eq!(set(&service, &alice(), None, true), Err(failure.into()));
    }
}

#[test]
fn what_cannot_be_stored_is_taken_out_of_the_tpm_again() {
    // The last one: it was deleted while it was promoted.
    for failure in [
        StoreError::Full,
        StoreError::ChangedByAnother,
        StoreError::NoSuchKey,
    ] {
        for again in [Ok(()), Err(TpmError::Failed)] {
            let service = service_with(record(&alice()));
            service.ports.expect(until_tpm());
            service.ports.expect([
                persisted(&[], Ok(Some(persistent(0x8153_5300)))),
                stored(Some(first()), Err(failure)),
                evicted(again),
            ]);
            assert_eq!(set(&service, &alice(), None, true), Err(failure.into()));
        }
    }
}

#[test]
fn a_key_is_taken_out_before_its_record_says_so() {
    let service = service_with(promoted(&alice()));
    service.ports.expect(until_tpm());
    service
        .ports
        .expect([evicted(Ok(())), stored(None, Ok(()))]);
    assert_eq!(set(&service, &alice(), None, false), Ok(()));
}

#[test]
fn a_key_that_cannot_be_taken_out_stays_recorded() {
    let service = service_with(promoted(&alice()));
    service.ports.expect(until_tpm());
    let failure = TpmError::Unavailable("away".to_owned());
    service.ports.expect([evicted(Err(failure.clone()))]);
    assert_eq!(set(&service, &alice(), None, false), Err(failure.into()));
}

#[test]
fn a_key_that_is_not_in_the_tpm_need_not_be_taken_out() {
    for record in [record(&alice()), with_pin(&alice())] {
        let service = service_with(record);
        service.ports.expect(until_tpm());
        assert_eq!(set(&service, &alice(), None, false), Ok(()));
    }
}

#[test]
fn two_changes_are_made_one_after_the_other() {
    let service = service_with(record(&alice()));
    let may = || allowed(Action::ManageTpm, &root(), &alice());
    service.ports.expect([may(), may()]);
    let (one, other) = (begin(&service), begin(&service));
    service.ports.expect([
        found(&alice(), fingerprint()),
        (Call::Persist(fingerprint(), Vec::new()), Answer::Waits),
    ]);
    let mut one = Box::pin(service.finish_set_persistent(one));
    let mut other = Box::pin(service.finish_set_persistent(other));
    start(one.as_mut());
    // Nothing is expected of it, so it waits before it has looked at anything.
    start(other.as_mut());
}

#[test]
fn a_key_that_was_deleted_is_taken_out_of_the_tpm() {
    for result in [Ok(()), Err(TpmError::Unavailable("away".to_owned()))] {
        let service = service_with(promoted(&alice()));
        service.ports.expect([
            found(&alice(), fingerprint()),
            allowed(Action::DeleteOwnKey, &alice(), &alice()),
            deleted(Ok(())),
            evicted(result),
        ]);
        assert_eq!(delete(&service, &alice(), None, fingerprint()), Ok(()));
    }
}

#[test]
fn a_key_that_cannot_be_deleted_stays_in_the_tpm() {
    let service = service_with(promoted(&alice()));
    service.ports.expect([
        found(&alice(), fingerprint()),
        allowed(Action::DeleteOwnKey, &alice(), &alice()),
        deleted(Err(StoreError::NotWritable)),
    ]);
    assert_eq!(
        delete(&service, &alice(), None, fingerprint()),
        Err(StoreError::NotWritable.into())
    );
}

#[test]
fn deleting_waits_for_no_promotion() {
    let service = service_with(record(&alice()));
    let may = allowed(Action::ManageTpm, &root(), &alice());
    service.ports.expect([may]);
    let one = begin(&service);
    service.ports.expect([
        found(&alice(), fingerprint()),
        (Call::Persist(fingerprint(), Vec::new()), Answer::Waits),
        found(&alice(), fingerprint()),
        allowed(Action::DeleteOwnKey, &alice(), &alice()),
        deleted(Ok(())),
    ]);
    let mut one = Box::pin(service.finish_set_persistent(one));
    start(one.as_mut());
    assert_eq!(delete(&service, &alice(), None, fingerprint()), Ok(()));
}

/// A promotion that root was allowed.
fn begin(service: &Service<Fakes>) -> Promotion {
    let begun = service.begin_set_persistent(call_of(&root()), Some(alice()), fingerprint(), true);
    run(begun).expect("allowed")
}

fn deleted(result: Result<(), StoreError>) -> (Call, Answer) {
    let call = Call::Delete(alice(), fingerprint());
    (call, Answer::Changed(result))
}
