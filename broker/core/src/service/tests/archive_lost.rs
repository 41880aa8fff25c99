//! Tests of archiving lost keys.

use super::people::{alice, bob, call_of, host, key, parent, ready, record, root};
use super::*;
use crate::key::{KeyRecord, TpmKey};
use crate::ports::StoreError;
use crate::requests::RequestError;

/// The key of [`record`], of a TPM that is gone.
fn lost(owner: &Owner) -> KeyRecord {
    KeyRecord {
        key: TpmKey {
            parent: parent(8),
            ..key()
        },
        ..record(owner)
    }
}

fn service_with(record: KeyRecord) -> Service<Fakes> {
    let service = service();
    service.ports.set_status(ready());
    service.ports.store(record);
    service
}

fn archive(
    service: &Service<Fakes>,
    caller: &Owner,
    named: Option<Owner>,
    key: Option<Fingerprint>,
) -> Result<Vec<Fingerprint>, Error> {
    let begun = run(service.begin_archive_lost(call_of(caller), named, key))?;
    run(service.finish_archive_lost(begun))
}

fn archived(owner: &Owner, result: Result<(), StoreError>) -> (Call, Answer) {
    let call = Call::Archive(owner.clone(), record(owner).fingerprint());
    (call, Answer::Changed(result))
}

#[test]
fn an_allowed_owner_archives_lost_keys() {
    let fingerprint = record(&alice()).fingerprint();
    for key in [None, Some(fingerprint)] {
        let service = service_with(lost(&alice()));
        service.ports.expect([
            listed(&alice()),
            allowed(Action::DeleteOwnKey, &alice(), &alice()),
            listed(&alice()),
            archived(&alice(), Ok(())),
        ]);
        let done = archive(&service, &alice(), None, key);
        assert_eq!(done, Ok(vec![fingerprint]));
    }
}

#[test]
fn a_refused_owner_archives_nothing() {
    for why in REFUSALS {
        let service = service_with(lost(&alice()));
        service.ports.expect([
            listed(&alice()),
            refused(Action::DeleteOwnKey, &alice(), &alice(), why),
        ]);
        assert_eq!(archive(&service, &alice(), None, None), Err(why.into()));
    }
}

#[test]
fn a_key_that_is_not_lost_is_refused_before_a_person_is_asked() {
    let service = service_with(record(&alice()));
    service.ports.expect([listed(&alice()), listed(&alice())]);
    let nothing: Error = RequestError::NothingLost.into();
    let fingerprint = record(&alice()).fingerprint();
    for key in [None, Some(fingerprint)] {
        assert_eq!(archive(&service, &alice(), None, key), Err(nothing.clone()));
    }
}

#[test]
fn a_foreign_lost_key_answers_like_a_missing_one() {
    let service = service_with(lost(&alice()));
    service.ports.expect([listed(&bob())]);
    let key = Some(record(&alice()).fingerprint());
    let missing = archive(&service, &bob(), None, key);
    assert_eq!(missing, Err(RequestError::NoSuchKey.into()));
}

#[test]
fn lost_keys_of_others_take_the_right_to_manage_them() {
    for (owner, action) in [
        (alice(), Action::ManageOthers),
        (host(), Action::ManageHostKeys),
    ] {
        let service = service_with(lost(&owner));
        service.ports.expect([
            allowed(action, &root(), &owner),
            listed(&owner),
            archived(&owner, Ok(())),
        ]);
        assert!(archive(&service, &root(), Some(owner.clone()), None).is_ok());
        let why = Refused::NotAuthorized;
        service.ports.expect([refused(action, &bob(), &owner, why)]);
        assert_eq!(
            archive(&service, &bob(), Some(owner), None),
            Err(why.into())
        );
    }
}

#[test]
fn a_failure_of_the_store_ends_the_archiving() {
    let service = service_with(lost(&alice()));
    service.ports.expect([
        listed(&alice()),
        allowed(Action::DeleteOwnKey, &alice(), &alice()),
        listed(&alice()),
        archived(&alice(), Err(StoreError::NotWritable)),
    ]);
    let failed = archive(&service, &alice(), None, None);
    assert_eq!(failed, Err(StoreError::NotWritable.into()));
}
