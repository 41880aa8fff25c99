//! Tests of adding, removing and offering certificates.

use std::sync::Arc;

use super::people::{alice, bob, call_of, host, key, ready, record, root};
use super::*;
use crate::certificates::fixtures::{END, NOW, Said, USUAL, blob, certificate};
use crate::certificates::{Certificates, Extent, NotKept, TooManyCertificates};
use crate::error::Error;
use crate::key::KeyRecord;
use crate::ports::StoreError;
use crate::requests::RequestError;

const MISSING: Error = Error::Request(RequestError::NoSuchKey);

fn fingerprint() -> Fingerprint {
    record(&alice()).fingerprint()
}

fn usual() -> Vec<u8> {
    blob(&key().public, USUAL)
}

/// A key of `owner`'s with these certificates.
fn with(owner: &Owner, all: &[Said]) -> KeyRecord {
    let add = |before: Certificates, said: &Said| {
        let new = certificate(&key().public, *said);
        before.with(new, said.from, Extent::default())
    };
    let certificates = all.iter().try_fold(Certificates::default(), add);
    KeyRecord {
        certificates: certificates.expect("there is room"),
        ..record(owner)
    }
}

fn service_with(key: KeyRecord) -> Service<Fakes> {
    let service = service();
    service.ports.set_status(ready());
    service.ports.store(key);
    service
}

fn now() -> (Call, Answer) {
    (Call::Now, Answer::Time(NOW))
}

fn added(owner: &Owner, result: Result<(), StoreError>) -> (Call, Answer) {
    let new = certificate(&key().public, USUAL);
    let call = Call::AddCertificate(owner.clone(), fingerprint(), new, NOW);
    let after = result.map(|()| Arc::new(with(owner, &[USUAL])));
    (call, Answer::Replaced(after))
}

fn removed(owner: &Owner, result: Result<(), StoreError>) -> (Call, Answer) {
    let call = Call::RemoveCertificate(owner.clone(), fingerprint(), usual().into());
    let after = result.map(|()| Arc::new(record(owner)));
    (call, Answer::Replaced(after))
}

fn count(changed: Result<crate::service::ListedKey, Error>) -> Result<usize, Error> {
    changed.map(|listed| listed.record.certificates.iter().count())
}

fn add(
    service: &Service<Fakes>,
    caller: &Owner,
    named: Option<Owner>,
    blob: &[u8],
) -> Result<usize, Error> {
    count(run(service.add_certificate(call_of(caller), named, blob)))
}

fn remove(service: &Service<Fakes>, caller: &Owner, named: Option<Owner>) -> Result<usize, Error> {
    count(run(service.remove_certificate(
        call_of(caller),
        named,
        &usual(),
    )))
}

#[test]
fn an_allowed_owner_adds_a_certificate_of_a_key() {
    let service = service_with(record(&alice()));
    service.ports.expect([
        now(),
        found(&alice(), fingerprint()),
        allowed(Action::CertifyOwnKey, &alice(), &alice()),
        added(&alice(), Ok(())),
    ]);
    assert_eq!(add(&service, &alice(), None, &usual()), Ok(1));
}

#[test]
fn an_allowed_owner_removes_a_certificate_of_a_key() {
    let service = service_with(with(&alice(), &[USUAL]));
    service.ports.expect([
        found(&alice(), fingerprint()),
        allowed(Action::CertifyOwnKey, &alice(), &alice()),
        removed(&alice(), Ok(())),
    ]);
    assert_eq!(remove(&service, &alice(), None), Ok(0));
}

#[test]
fn a_refused_caller_adds_and_removes_no_certificate() {
    for why in REFUSALS {
        let service = service_with(record(&alice()));
        let refusal = || refused(Action::CertifyOwnKey, &alice(), &alice(), why);
        let found = || found(&alice(), fingerprint());
        service.ports.expect([now(), found(), refusal()]);
        assert_eq!(add(&service, &alice(), None, &usual()), Err(why.into()));
        service.ports.expect([found(), refusal()]);
        assert_eq!(remove(&service, &alice(), None), Err(why.into()));
    }
}

#[test]
fn a_certificate_of_a_foreign_key_is_like_one_of_no_key() {
    for service in [service_with(record(&alice())), service()] {
        let found = || found(&bob(), fingerprint());
        service.ports.expect([now(), found(), found()]);
        assert_eq!(add(&service, &bob(), None, &usual()), Err(MISSING));
        assert_eq!(remove(&service, &bob(), None), Err(MISSING));
    }
}

#[test]
fn a_certificate_that_cannot_be_used_is_refused_before_anybody_is_asked() {
    let service = service_with(record(&alice()));
    service.ports.expect([now()]);
    let refused = add(&service, &alice(), None, b"nonsense");
    assert_eq!(
        refused,
        Err(RequestError::Certificate(NotKept::Malformed).into())
    );
    let removed = service.remove_certificate(call_of(&alice()), None, b"nonsense");
    assert!(run(removed).is_err());
}

#[test]
fn the_authority_is_asked_about_foreign_certificates_before_the_store() {
    for (owner, action) in [
        (alice(), Action::ManageOthers),
        (host(), Action::ManageHostKeys),
    ] {
        let service = service_with(record(&owner));
        let allowed = || allowed(action, &root(), &owner);
        service
            .ports
            .expect([now(), allowed(), added(&owner, Ok(()))]);
        let one = add(&service, &root(), Some(owner.clone()), &usual());
        assert_eq!(one, Ok(1));
        service.ports.expect([allowed(), removed(&owner, Ok(()))]);
        assert_eq!(remove(&service, &root(), Some(owner.clone())), Ok(0));
    }
}

#[test]
fn a_refused_caller_does_not_learn_which_certificates_others_have() {
    for service in [service_with(with(&alice(), &[USUAL])), service()] {
        let why = Refused::NotAuthorized;
        service
            .ports
            .expect([refused(Action::ManageOthers, &bob(), &alice(), why)]);
        let removed = remove(&service, &bob(), Some(alice()));
        assert_eq!(removed, Err(why.into()));
    }
}

#[test]
fn a_certificate_that_the_store_refuses_is_not_added() {
    for failure in [
        StoreError::Full,
        StoreError::TooManyCertificates(TooManyCertificates::OfKey),
        StoreError::NoSuchKey,
    ] {
        let service = service_with(record(&alice()));
        service.ports.expect([
            now(),
            found(&alice(), fingerprint()),
            allowed(Action::CertifyOwnKey, &alice(), &alice()),
            added(&alice(), Err(failure)),
        ]);
        let refused = add(&service, &alice(), None, &usual());
        assert_eq!(refused, Err(failure.into()));
    }
}

#[test]
fn an_agent_is_offered_the_certificates_that_are_in_force() {
    let later = Said {
        key_id: "later",
        from: NOW + 50,
        until: END + 50,
        ..USUAL
    };
    let service = service_with(with(&alice(), &[USUAL, later]));
    for (time, expected) in [
        (NOW, vec![USUAL]),
        (NOW + 60, vec![USUAL, later]),
        (END, vec![later]),
        (END + 50, vec![]),
    ] {
        service.ports.expect([
            allowed(Action::ListOwnKeys, &alice(), &alice()),
            listed(&alice()),
            // For certificates of hosts, and then for those of keys.
            (Call::Now, Answer::Time(time)),
            (Call::Now, Answer::Time(time)),
        ]);
        let caller = call_of(&alice());
        let offered = run(service.identities(caller, Sessions::default(), None, None));
        let offered = offered.expect("allowed").remove(0);
        let blobs: Vec<_> = offered.certificates().map(|one| one.blob()).collect();
        let expected = expected.iter().map(|said| blob(&key().public, *said));
        assert_eq!(blobs, expected.collect::<Vec<_>>(), "at {time}");
    }
}
