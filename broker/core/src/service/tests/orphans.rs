//! Tests of listing and deleting keys whose users are gone.

use super::people::{alice, bob, call_of, host, owner, ready, record, root};
use super::*;
use crate::attestation::fixtures::Attester;
use crate::identity::{Uid, UserName};
use crate::orphans::{MOST_ARCHIVED, MOST_LOOK_UPS, Place, Which};
use crate::ports::{NoAnswer, StoreError};
use crate::requests::RequestError;
use crate::service::OrphanPage;

/// A service with one key of each of `owners`.
fn service_with(owners: &[Owner]) -> Service<Fakes> {
    let service = service();
    service.ports.set_status(ready());
    for owner in owners {
        service.ports.store(record(owner));
    }
    service
}

/// polkit's answer about no user in particular.
fn manager(caller: &Owner, decision: Decision) -> (Call, Answer) {
    let call = Call::Ask {
        action: Action::ManageOthers,
        caller: caller.clone(),
        about: None,
    };
    (call, Answer::Decided(decision))
}

/// The user database's answer.
fn named(uid: u32, name: Option<&str>) -> (Call, Answer) {
    let name = name.map(|name| UserName::new(name).expect("a name"));
    (Call::NameOf(Uid(uid)), Answer::Named(Ok(name)))
}

fn list(service: &Service<Fakes>, which: Which, after: Option<Place>) -> Result<OrphanPage, Error> {
    run(service.list_orphans(call_of(&root()), which, after))
}

fn owners_in(page: &OrphanPage) -> Vec<Owner> {
    let keys = page.keys.iter();
    keys.map(|orphan| orphan.key.record.owner.clone()).collect()
}

#[test]
fn keys_of_deleted_users_and_of_former_names_are_orphans() {
    let former = owner(1001, "bertha");
    let service = service_with(&[alice(), bob(), former.clone()]);
    service.ports.expect([
        manager(&root(), Decision::Allowed),
        named(1000, None),
        listed(&alice()),
        named(1001, Some("bob")),
        listed(&former),
    ]);
    let page = list(&service, Which::All, None).expect("a page");
    assert_eq!(owners_in(&page), [alice(), former]);
    let present: Vec<_> = page.keys.iter().map(|one| one.present.clone()).collect();
    assert_eq!(present, [None, Some(bob().name().clone())]);
    assert_eq!(page.next, None);
}

#[test]
fn only_the_uid_that_is_meant_is_looked_up() {
    let service = service_with(&[alice(), bob()]);
    service.ports.expect([
        manager(&root(), Decision::Allowed),
        named(1001, None),
        listed(&bob()),
    ]);
    let page = list(&service, Which::Of(Uid(1001)), None).expect("a page");
    assert_eq!(owners_in(&page), [bob()]);
}

#[test]
fn a_refused_caller_sees_no_orphans_and_causes_no_look_up() {
    for why in REFUSALS {
        let service = service_with(&[alice()]);
        service
            .ports
            .expect([manager(&bob(), Decision::Refused(why))]);
        let refused = run(service.list_orphans(call_of(&bob()), Which::All, None));
        assert_eq!(refused.expect_err("refused"), why.into());
    }
}

#[test]
fn where_the_user_database_does_not_answer_no_key_is_an_orphan() {
    let service = service_with(&[alice()]);
    let silent = || (Call::NameOf(Uid(1000)), Answer::Named(Err(NoAnswer)));
    service
        .ports
        .expect([manager(&root(), Decision::Allowed), silent()]);
    let unknown = list(&service, Which::All, None).expect_err("no answer");
    assert_eq!(unknown, NoAnswer.into());
    service.ports.expect([
        asked(
            Action::ManageOthers,
            &root(),
            &alice(),
            Answer::Decided(Decision::Allowed),
        ),
        silent(),
    ]);
    assert_eq!(
        delete_all(&service, &root(), &alice()),
        Err(NoAnswer.into())
    );
}

#[test]
fn a_page_ends_after_a_number_of_look_ups_and_the_next_one_goes_on() {
    let count = u32::try_from(MOST_LOOK_UPS).expect("a number");
    let users: Vec<_> = (0..=count).map(|uid| owner(uid, "u")).collect();
    let service = service_with(&users);
    service.ports.expect([manager(&root(), Decision::Allowed)]);
    for uid in 0..count {
        service.ports.expect([named(uid, Some("u"))]);
    }
    let page = list(&service, Which::All, None).expect("a page");
    assert!(page.keys.is_empty());
    service.ports.expect([
        manager(&root(), Decision::Allowed),
        named(count, None),
        listed(&owner(count, "u")),
    ]);
    let page = list(&service, Which::All, page.next).expect("a page");
    assert_eq!((page.keys.len(), page.next), (1, None));
}

fn delete_all(
    service: &Service<Fakes>,
    caller: &Owner,
    former: &Owner,
) -> Result<Vec<Fingerprint>, Error> {
    delete_one(service, caller, former, None)
}

fn delete_one(
    service: &Service<Fakes>,
    caller: &Owner,
    former: &Owner,
    key: Option<Fingerprint>,
) -> Result<Vec<Fingerprint>, Error> {
    let begun = run(service.begin_delete_orphans(call_of(caller), former.clone(), key))?;
    run(service.finish_delete_orphans(begun))
}

fn allowed_to_delete(former: &Owner) -> [(Call, Answer); 3] {
    [
        allowed(Action::ManageOthers, &root(), former),
        named(former.uid().0, None),
        listed(former),
    ]
}

#[test]
fn archived_keys_of_former_users_are_orphans_and_those_of_others_are_not() {
    let service = service_with(&[]);
    let former = owner(1001, "bertha");
    for owner in [&alice(), &bob(), &former] {
        service.ports.archive(record(owner));
    }
    service.ports.expect([
        manager(&root(), Decision::Allowed),
        named(1000, None),
        named(1001, Some("bob")),
    ]);
    let page = list(&service, Which::All, None).expect("a page");
    assert_eq!(owners_in(&page), [alice(), former]);
    assert!(page.keys.iter().all(|orphan| orphan.archived));
}

#[test]
fn a_key_that_is_there_and_archived_is_one_orphan() {
    let service = service_with(&[alice()]);
    service.ports.archive(record(&alice()));
    service.ports.expect([
        manager(&root(), Decision::Allowed),
        named(1000, None),
        listed(&alice()),
    ]);
    let page = list(&service, Which::All, None).expect("a page");
    assert_eq!((page.keys.len(), page.keys[0].archived), (1, false));
}

#[test]
fn a_page_ends_after_a_number_of_archived_records() {
    let service = service_with(&[]);
    for _ in 0..MOST_ARCHIVED {
        service.ports.archive(record(&alice()));
    }
    service.ports.archive(record(&bob()));
    service.ports.expect([
        manager(&root(), Decision::Allowed),
        named(1000, Some(alice().name().as_str())),
    ]);
    let page = list(&service, Which::All, None).expect("a page");
    assert!(page.keys.is_empty());
    service
        .ports
        .expect([manager(&root(), Decision::Allowed), named(1001, None)]);
    let page = list(&service, Which::All, page.next).expect("a page");
    assert_eq!((owners_in(&page), page.next), (vec![bob()], None));
}

#[test]
fn a_former_user_of_whom_all_is_archived_is_forgotten() {
    let service = service_with(&[]);
    service.ports.archive(record(&alice()));
    service.ports.archive(record(&owner(1000, "another")));
    service.ports.expect(allowed_to_delete(&alice()));
    service.ports.expect([
        (Call::DeleteArchived(alice()), Answer::Changed(Ok(()))),
        (Call::ForgetOwner(alice()), Answer::Forgotten),
    ]);
    let fingerprint = record(&alice()).fingerprint();
    let deleted = delete_one(&service, &root(), &alice(), Some(fingerprint));
    assert_eq!(deleted, Ok(vec![fingerprint]));
}

#[test]
fn with_the_last_key_of_a_former_user_goes_what_else_is_kept() {
    let service = service_with(&[alice(), bob()]);
    service.ports.archive(record(&alice()));
    let fingerprint = record(&alice()).fingerprint();
    service.ports.expect(allowed_to_delete(&alice()));
    service.ports.expect([
        (Call::Delete(alice(), fingerprint), Answer::Changed(Ok(()))),
        (Call::DeleteArchived(alice()), Answer::Changed(Ok(()))),
        (Call::ForgetOwner(alice()), Answer::Forgotten),
    ]);
    let deleted = delete_all(&service, &root(), &alice());
    assert_eq!(deleted, Ok(vec![fingerprint]));
    assert_eq!(service.ports.stored().len(), 1);
}

#[test]
fn a_user_who_is_there_loses_no_key_as_an_orphan() {
    for there in [alice(), root(), host()] {
        let service = service_with(std::slice::from_ref(&there));
        service.ports.expect([
            allowed(Action::ManageOthers, &root(), &there),
            named(there.uid().0, Some(there.name().as_str())),
        ]);
        let refused = delete_all(&service, &root(), &there);
        let expected = RequestError::OwnerIsThere(there.to_string());
        assert_eq!(refused, Err(expected.into()));
    }
}

#[test]
fn a_refused_caller_deletes_no_orphans_and_learns_nothing() {
    for service in [service_with(&[alice()]), service_with(&[])] {
        for why in REFUSALS {
            service
                .ports
                .expect([refused(Action::ManageOthers, &bob(), &alice(), why)]);
            assert_eq!(delete_all(&service, &bob(), &alice()), Err(why.into()));
        }
    }
}

#[test]
fn a_key_that_a_former_user_does_not_have_is_missing() {
    let service = service_with(&[bob()]);
    service.ports.expect(allowed_to_delete(&alice()));
    let missing: Error = RequestError::NoSuchOrphan.into();
    assert_eq!(delete_all(&service, &root(), &alice()), Err(missing));
}

#[test]
fn an_attestation_key_goes_though_its_user_deleted_the_keys_before() {
    let service = service_with(&[bob()]);
    let key = Attester::new(1).key();
    service.ports.store_attestation_key(&alice(), key);
    service.ports.expect(allowed_to_delete(&alice()));
    let one = Some(record(&alice()).fingerprint());
    let missing: Error = RequestError::NoSuchOrphan.into();
    let refused = delete_one(&service, &root(), &alice(), one);
    assert_eq!(refused, Err(missing));
    assert!(service.ports.stored_attestation_key(&alice()).is_some());

    service.ports.expect(allowed_to_delete(&alice()));
    let forgotten = (Call::ForgetOwner(alice()), Answer::Forgotten);
    service.ports.expect([forgotten]);
    assert_eq!(delete_all(&service, &root(), &alice()), Ok(vec![]));
    assert_eq!(service.ports.stored_attestation_key(&alice()), None);
}

#[test]
fn a_disk_that_fails_ends_the_deletion_of_orphans() {
    let service = service_with(&[alice()]);
    let fingerprint = record(&alice()).fingerprint();
    service.ports.expect(allowed_to_delete(&alice()));
    let full = Answer::Changed(Err(StoreError::NotWritable));
    service
        .ports
        .expect([(Call::Delete(alice(), fingerprint), full)]);
    let failed = delete_one(&service, &root(), &alice(), Some(fingerprint));
    assert_eq!(failed, Err(StoreError::NotWritable.into()));
}
