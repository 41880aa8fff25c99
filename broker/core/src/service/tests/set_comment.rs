//! Tests of renaming.

use super::people::{alice, bob, call_of, comment, host, kept_to, record, root, usual, with_pin};
use super::*;
use crate::error::Error;
use crate::key::KeyRecord;
use crate::ports::StoreError;
use crate::requests::RequestError;
use crate::restrictions::{Confirmation, Restrictions};

const MISSING: Error = Error::Request(RequestError::NoSuchKey);

fn fingerprint() -> Fingerprint {
    record(&alice()).fingerprint()
}

/// A service with one key, of `owner`'s.
fn service_with_key_of(owner: &Owner) -> Service<Fakes> {
    let service = service();
    service.ports.store(record(owner));
    service
}

fn set_comment(
    service: &Service<Fakes>,
    caller: &Owner,
    named: Option<Owner>,
) -> Result<(), Error> {
    run(service.set_comment(call_of(caller), named, fingerprint(), comment("new")))
}

fn changed(owner: &Owner, result: Result<(), StoreError>) -> (Call, Answer) {
    let call = Call::SetComment(owner.clone(), fingerprint(), comment("new"));
    (call, Answer::Changed(result))
}

#[test]
fn an_allowed_owner_renames_a_key() {
    for named in [None, Some(alice())] {
        let service = service_with_key_of(&alice());
        service.ports.expect([
            found(&alice(), fingerprint()),
            allowed(Action::CommentOwnKey, &alice(), &alice()),
            changed(&alice(), Ok(())),
        ]);
        assert_eq!(set_comment(&service, &alice(), named), Ok(()));
    }
}

#[test]
fn a_refused_caller_renames_nothing() {
    for why in REFUSALS {
        let service = service_with_key_of(&alice());
        service.ports.expect([
            found(&alice(), fingerprint()),
            refused(Action::CommentOwnKey, &alice(), &alice(), why),
        ]);
        assert_eq!(set_comment(&service, &alice(), None), Err(why.into()));
    }
}

#[test]
fn a_foreign_key_answers_like_a_missing_one_without_a_prompt() {
    for service in [service_with_key_of(&alice()), service()] {
        service.ports.expect([found(&bob(), fingerprint())]);
        assert_eq!(set_comment(&service, &bob(), None), Err(MISSING));
    }
}

#[test]
fn root_has_to_name_the_owner() {
    let service = service_with_key_of(&alice());
    service.ports.expect([found(&root(), fingerprint())]);
    assert_eq!(set_comment(&service, &root(), None), Err(MISSING));
}

#[test]
fn the_authority_is_asked_about_foreign_keys_before_the_store() {
    let service = service_with_key_of(&alice());
    service.ports.expect([
        allowed(Action::ManageOthers, &root(), &alice()),
        changed(&alice(), Ok(())),
    ]);
    assert_eq!(set_comment(&service, &root(), Some(alice())), Ok(()));
}

#[test]
fn a_refused_caller_does_not_learn_which_keys_others_have() {
    for service in [service_with_key_of(&alice()), service()] {
        let why = Refused::NotAuthorized;
        service
            .ports
            .expect([refused(Action::ManageOthers, &bob(), &alice(), why)]);
        assert_eq!(
            set_comment(&service, &bob(), Some(alice())),
            Err(why.into())
        );
    }
}

#[test]
fn a_missing_key_of_another_user_reads_like_a_missing_own_one() {
    let service = service();
    service.ports.expect([
        allowed(Action::ManageOthers, &root(), &alice()),
        changed(&alice(), Err(StoreError::NoSuchKey)),
    ]);
    let missing = set_comment(&service, &root(), Some(alice())).expect_err("no key");
    assert_eq!(missing, StoreError::NoSuchKey.into());
    assert_eq!(missing.to_string(), MISSING.to_string());
}

#[test]
fn a_manager_of_host_keys_renames_one() {
    let service = service_with_key_of(&host());
    service.ports.expect([
        allowed(Action::ManageHostKeys, &alice(), &host()),
        changed(&host(), Ok(())),
    ]);
    assert_eq!(set_comment(&service, &alice(), Some(host())), Ok(()));
}

#[test]
fn a_failure_of_the_store_reaches_the_caller() {
    for failure in [
        StoreError::Full,
        StoreError::NotWritable,
        StoreError::NoSuchKey,
    ] {
        let service = service_with_key_of(&alice());
        service.ports.expect([
            found(&alice(), fingerprint()),
            allowed(Action::CommentOwnKey, &alice(), &alice()),
            changed(&alice(), Err(failure)),
        ]);
        assert_eq!(set_comment(&service, &alice(), None), Err(failure.into()));
    }
}

/// A key that needs confirmation, and one with a PIN.
fn keys_that_ask() -> [KeyRecord; 2] {
    let restrictions = Restrictions {
        confirmation: Confirmation::EachUse,
        ..usual(&alice())
    };
    [kept_to(&alice(), restrictions), with_pin(&alice())]
}

#[test]
fn renaming_a_key_that_asks_a_person_takes_the_right_to_change_it() {
    for key in keys_that_ask() {
        let service = service();
        service.ports.store(key);
        service.ports.expect([
            found(&alice(), fingerprint()),
            allowed(Action::ChangeOwnKey, &alice(), &alice()),
            changed(&alice(), Ok(())),
        ]);
        assert_eq!(set_comment(&service, &alice(), None), Ok(()));
    }
}
