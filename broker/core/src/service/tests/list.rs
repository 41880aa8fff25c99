//! Tests of listing.

use std::sync::Arc;

use super::people::{alice, bob, call_of, comment, host, kept_to, parent, ready, record, root};
use super::sign_destinations::for_one_host;
use super::*;
use crate::error::Error;
use crate::key::KeyRecord;
use crate::restrictions::Restrictions;
use crate::service::ListedKey;
use crate::tpm_facts::TpmStatus;
use sshtpm_ssh::purpose::{AnyPurpose, Purpose, Purposes};
use sshtpm_ssh::tpm::KeyState;
use sshtpm_ssh::tpm::TpmState;

/// A service with a key for each of `owners`.
fn service_with_keys_of(owners: &[Owner]) -> Service<Fakes> {
    let service = service();
    service.ports.set_status(ready());
    owners
        .iter()
        .for_each(|owner| service.ports.store(record(owner)));
    service
}

fn list(
    service: &Service<Fakes>,
    caller: &Owner,
    named: Option<Owner>,
) -> Result<Vec<KeyRecord>, Error> {
    let keys = run(service.list(call_of(caller), named, Sessions::default()))?;
    Ok(keys
        .into_iter()
        .map(|key| KeyRecord::clone(&key.record))
        .collect())
}

#[test]
fn an_allowed_caller_sees_own_keys_and_no_others() {
    let service = service_with_keys_of(&[alice(), bob(), host()]);
    service.ports.expect([
        allowed(Action::ListOwnKeys, &alice(), &alice()),
        listed(&alice()),
    ]);
    assert_eq!(list(&service, &alice(), None), Ok(vec![record(&alice())]));
}

#[test]
fn a_refused_caller_sees_nothing_and_the_store_is_not_read() {
    for why in REFUSALS {
        let service = service_with_keys_of(&[alice()]);
        let caller = alice();
        service
            .ports
            .expect([refused(Action::ListOwnKeys, &caller, &caller, why)]);
        assert_eq!(list(&service, &caller, None), Err(why.into()));
    }
}

#[test]
fn naming_oneself_is_like_naming_no_user() {
    let service = service_with_keys_of(&[alice()]);
    service.ports.expect([
        allowed(Action::ListOwnKeys, &alice(), &alice()),
        listed(&alice()),
    ]);
    assert_eq!(
        list(&service, &alice(), Some(alice())),
        Ok(vec![record(&alice())])
    );
}

#[test]
fn the_authority_is_asked_about_foreign_keys_before_the_store() {
    let service = service_with_keys_of(&[bob()]);
    service.ports.expect([
        allowed(Action::ManageOthers, &root(), &bob()),
        listed(&bob()),
    ]);
    assert_eq!(
        list(&service, &root(), Some(bob())),
        Ok(vec![record(&bob())])
    );
}

#[test]
fn a_refused_caller_learns_nothing_about_others() {
    for service in [service_with_keys_of(&[bob()]), service_with_keys_of(&[])] {
        let why = Refused::NotAuthorized;
        service
            .ports
            .expect([refused(Action::ManageOthers, &alice(), &bob(), why)]);
        assert_eq!(list(&service, &alice(), Some(bob())), Err(why.into()));
    }
}

#[test]
fn host_keys_are_a_matter_of_their_own() {
    let service = service_with_keys_of(&[host()]);
    service.ports.expect([
        allowed(Action::ManageHostKeys, &alice(), &host()),
        listed(&host()),
    ]);
    assert_eq!(
        list(&service, &alice(), Some(host())),
        Ok(vec![record(&host())])
    );
}

#[test]
fn to_the_host_user_the_host_keys_are_its_own() {
    let service = service_with_keys_of(&[host()]);
    service.ports.expect([
        allowed(Action::ListOwnKeys, &host(), &host()),
        listed(&host()),
    ]);
    assert_eq!(list(&service, &host(), None), Ok(vec![record(&host())]));
}

fn state_with(status: TpmStatus) -> KeyState {
    let service = service_with_keys_of(&[alice()]);
    service.ports.set_status(status);
    service.ports.expect([
        allowed(Action::ListOwnKeys, &alice(), &alice()),
        listed(&alice()),
    ]);
    let keys: Vec<ListedKey> =
        run(service.list(call_of(&alice()), None, Sessions::default())).expect("keys");
    assert_eq!(keys.len(), 1);
    keys[0].state
}

#[test]
fn a_key_whose_parent_is_in_the_tpm_is_usable() {
    assert_eq!(state_with(ready()), KeyState::Usable);
}

#[test]
fn a_key_whose_parent_is_not_in_the_tpm_is_lost() {
    let mut status = ready();
    status.parent = Some(parent(8));
    assert_eq!(state_with(status), KeyState::Lost);
}

#[test]
fn of_a_tpm_that_cannot_be_asked_nothing_is_known() {
    let silent = [
        TpmState::Starting,
        TpmState::Absent,
        TpmState::Hung,
        TpmState::Unprovisioned,
        TpmState::Failed,
    ];
    for state in silent {
        assert_eq!(
            state_with(TpmStatus { state, ..ready() }),
            KeyState::Unknown
        );
    }
    let without_parent = TpmStatus {
        parent: None,
        ..ready()
    };
    assert_eq!(state_with(without_parent), KeyState::Unknown);
}

#[test]
fn a_key_is_usable_before_the_tpm_said_what_it_is() {
    let without_facts = TpmStatus {
        facts: None,
        ..ready()
    };
    assert_eq!(state_with(without_facts), KeyState::Usable);
}

fn identities(service: &Service<Fakes>) -> Result<Vec<Arc<KeyRecord>>, Error> {
    identities_for(service, None)
}

fn identities_for(
    service: &Service<Fakes>,
    purposes: Option<AnyPurpose>,
) -> Result<Vec<Arc<KeyRecord>>, Error> {
    let offered = service.identities(call_of(&alice()), Sessions::default(), None, purposes);
    run(offered).map(|keys| keys.into_iter().map(|key| key.record).collect())
}

/// A service with these keys of alice, for one list of an agent.
fn service_with(keys: impl IntoIterator<Item = (&'static str, KeyRecord)>) -> Service<Fakes> {
    let service = service_with_keys_of(&[]);
    for (name, key) in keys {
        let comment = comment(name);
        service.ports.store(KeyRecord { comment, ..key });
    }
    service.ports.expect([
        allowed(Action::ListOwnKeys, &alice(), &alice()),
        listed(&alice()),
    ]);
    service
}

fn names(keys: &[Arc<KeyRecord>]) -> Vec<&str> {
    keys.iter().map(|key| key.comment.as_str()).collect()
}

/// A key of alice that signs for `purpose` alone.
fn key_for(purpose: Purpose) -> KeyRecord {
    let purposes = Purposes::of([purpose]).expect("a purpose");
    kept_to(&alice(), Restrictions::only(purposes))
}

#[test]
fn an_agent_is_offered_the_callers_own_keys() {
    let service = service_with_keys_of(&[alice(), bob(), host()]);
    service.ports.expect([
        allowed(Action::ListOwnKeys, &alice(), &alice()),
        listed(&alice()),
    ]);
    let expected = Arc::new(record(&alice()));
    assert_eq!(identities(&service), Ok(vec![expected]));
}

#[test]
fn a_refused_agent_sees_no_keys_and_the_store_is_not_read() {
    for why in REFUSALS {
        let service = service_with_keys_of(&[alice()]);
        let refusal = refused(Action::ListOwnKeys, &alice(), &alice(), why);
        service.ports.expect([refusal]);
        assert_eq!(identities(&service), Err(why.into()));
    }
}

#[test]
fn an_agent_is_offered_no_lost_key_and_one_of_which_nothing_is_known() {
    let mut lost = ready();
    lost.parent = Some(parent(8));
    let unknown = TpmStatus {
        state: TpmState::Absent,
        ..ready()
    };
    for (status, expected) in [(ready(), 1), (lost, 0), (unknown, 1)] {
        let service = service_with_keys_of(&[alice()]);
        service.ports.set_status(status);
        service.ports.expect([
            allowed(Action::ListOwnKeys, &alice(), &alice()),
            listed(&alice()),
        ]);
        let offered = identities(&service).expect("allowed");
        assert_eq!(offered.len(), expected);
    }
}

#[test]
fn keys_that_log_in_everywhere_are_offered_first() {
    let service = service_with([
        ("files", key_for(Purpose::Sign)),
        ("one host", for_one_host()),
        ("anywhere", record(&alice())),
        ("other files", key_for(Purpose::Sign)),
        ("also anywhere", key_for(Purpose::Auth)),
    ]);
    let offered = identities(&service).expect("allowed");
    let expected = [
        "anywhere",
        "also anywhere",
        "one host",
        "files",
        "other files",
    ];
    assert_eq!(names(&offered), expected);
}

#[test]
fn an_agent_can_ask_for_keys_of_some_purposes() {
    for (wanted, expected) in [
        (vec![Purpose::Auth], ["both", "login"].as_slice()),
        (vec![Purpose::Sign], &["both", "files"]),
        (vec![Purpose::Ca], &[]),
        (vec![Purpose::Ca, Purpose::Auth], &["both", "login"]),
        (vec![Purpose::Raw], &["raw"]),
        (vec![Purpose::Raw, Purpose::Sign], &["both", "files", "raw"]),
    ] {
        let service = service_with([
            ("both", record(&alice())),
            ("login", key_for(Purpose::Auth)),
            ("files", key_for(Purpose::Sign)),
            ("raw", key_for(Purpose::Raw)),
        ]);
        let offered = identities_for(&service, AnyPurpose::of(wanted)).expect("allowed");
        assert_eq!(names(&offered), expected);
    }
}

#[test]
fn an_agent_that_does_not_ask_for_raw_keys_gets_none() {
    let service = service_with([("both", record(&alice())), ("raw", key_for(Purpose::Raw))]);
    let offered = identities(&service).expect("allowed");
    assert_eq!(names(&offered), ["both"]);
}
