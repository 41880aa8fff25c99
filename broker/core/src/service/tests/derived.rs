//! Tests of derived keys: what is derived, what is refused, and when one is lost.

use std::future::pending;
use std::sync::Arc;

use super::people::{alice, bob, call_of, comment, host, key, p256, parent, ready, record, root};
use super::*;
use crate::algorithm::Wanted;
use crate::derivation::{Derivation, DerivedFrom};
use crate::key::{KeyBlob, KeyRecord, Origin, PrivatePart, TpmKey};
use crate::pins::Pin;
use crate::policy::Request as _;
use crate::ports::{Found, StoreError};
use crate::requests::{Generate, NewKey, RequestError};
use crate::restrictions::Change;
use crate::service::ListedKey;
use crate::tpm_facts::TpmStatus;
use sshtpm_ssh::algorithm::Algorithm;
use sshtpm_ssh::derived::{Hierarchy, Label};
use sshtpm_ssh::tpm::KeyState;

fn service_with_tpm() -> Service<Fakes> {
    let service = service();
    service.ports.set_status(ready());
    service
}

fn label(text: &str) -> Label {
    text.parse().expect("a label")
}

/// The key of [`key`], as if the TPM derived it for `owner`.
fn derived(owner: &Owner, hierarchy: Hierarchy, text: &str) -> KeyRecord {
    let derivation = Derivation::new(owner, hierarchy, label(text));
    let key = key();
    let blob = KeyBlob {
        private: PrivatePart::Derived(derivation.into()),
        ..key.blob
    };
    KeyRecord {
        origin: Origin::Derived,
        key: TpmKey { blob, ..key },
        ..record(owner)
    }
}

fn wish(hierarchy: Hierarchy, text: &str) -> NewKey {
    NewKey {
        wanted: Wanted::Exactly(p256()),
        comment: comment("laptop"),
        restrictions: Change::default(),
        pin: None,
        derived: Some(DerivedFrom::Label(hierarchy, label(text))),
        pcrs: None,
    }
}

fn derive(
    service: &Service<Fakes>,
    caller: &Owner,
    named: Option<Owner>,
    new: NewKey,
) -> Result<ListedKey, Error> {
    let generation = run(service.begin_generate(call_of(caller), named, new))?;
    run(service.finish_generate(generation, pending()))
}

fn error_of(result: Result<ListedKey, Error>) -> Error {
    result.expect_err("it is refused")
}

/// All that happens from the TPM on, when `record` is derived.
fn made(record: &KeyRecord, result: Result<(), StoreError>) -> [(Call, Answer); 3] {
    [
        (
            Call::Derive(p256()),
            Answer::Created(Ok(record.key.clone())),
        ),
        (Call::Now, Answer::Time(1_700_000_000)),
        (Call::Add(record.clone()), Answer::Changed(result)),
    ]
}

#[test]
fn a_derived_key_is_stored_as_such() {
    let service = service_with_tpm();
    let record = derived(&alice(), Hierarchy::Owner, "work");
    service.ports.expect([
        listed(&alice()),
        allowed(Action::CreateOwnKey, &alice(), &alice()),
        listed(&alice()),
        listed(&alice()),
    ]);
    service.ports.expect(made(&record, Ok(())));
    let made = derive(&service, &alice(), None, wish(Hierarchy::Owner, "work"));
    assert!(*made.expect("a key").record == record);
}

#[test]
fn a_manager_derives_the_key_of_the_host_user_and_asks_first() {
    let service = service_with_tpm();
    let record = derived(&host(), Hierarchy::Endorsement, "");
    service.ports.expect([
        allowed(Action::ManageHostKeys, &root(), &host()),
        listed(&host()),
        listed(&host()),
    ]);
    service.ports.expect(made(&record, Ok(())));
    let new = wish(Hierarchy::Endorsement, "");
    let made = derive(&service, &root(), Some(host()), new).expect("a key");
    assert!(*made.record == record);
}

/// What takes over a host key of ssh-tpm-agent.
fn take_over() -> NewKey {
    NewKey {
        derived: Some(DerivedFrom::SshTpmAgent(Hierarchy::Owner)),
        ..wish(Hierarchy::Owner, "")
    }
}

#[test]
fn a_manager_takes_over_a_host_key_of_ssh_tpm_agent() {
    let service = service_with_tpm();
    let derivation = Derivation::of_ssh_tpm_agent(Hierarchy::Owner);
    let mut record = derived(&host(), Hierarchy::Owner, "");
    record.key.blob.private = PrivatePart::Derived(derivation.into());
    service.ports.expect([
        allowed(Action::ManageHostKeys, &root(), &host()),
        listed(&host()),
        listed(&host()),
    ]);
    service.ports.expect(made(&record, Ok(())));
    let made = derive(&service, &root(), Some(host()), take_over()).expect("a key");
    assert!(*made.record == record);
}

#[test]
fn keys_of_ssh_tpm_agent_are_taken_over_for_the_host_alone() {
    for caller in [alice(), root(), host()] {
        let refused = derive(&service_with_tpm(), &caller, None, take_over());
        assert_eq!(error_of(refused), RequestError::TemplateForUser.into());
    }
}

#[test]
fn what_ssh_tpm_agent_does_not_derive_is_refused() {
    let p384 = Algorithm::Ecdsa(ssh_key::EcdsaCurve::NistP384);
    let new = NewKey {
        wanted: Wanted::Exactly(p384),
        ..take_over()
    };
    let service = service_with_tpm();
    let mut status = ready();
    if let Some(facts) = &mut status.facts {
        facts.algorithms.push(p384);
    }
    service.ports.set_status(status);
    let refused = derive(&service, &root(), Some(host()), new);
    assert_eq!(error_of(refused), RequestError::NotInTemplate.into());
}

#[test]
fn a_refused_derivation_does_not_reach_the_tpm() {
    for why in REFUSALS {
        let service = service_with_tpm();
        let ask = refused(Action::CreateOwnKey, &alice(), &alice(), why);
        service.ports.expect([listed(&alice()), ask]);
        let new = wish(Hierarchy::Owner, "");
        assert_eq!(error_of(derive(&service, &alice(), None, new)), why.into());
    }
}

#[test]
fn a_pin_that_no_tpm_would_check_is_refused_without_a_prompt() {
    let new = NewKey {
        pin: Some(Pin::new(b"1234").expect("a PIN")),
        ..wish(Hierarchy::Owner, "")
    };
    let refused = error_of(derive(&service_with_tpm(), &alice(), None, new));
    assert_eq!(refused, RequestError::DerivedWithPin.into());
}

#[test]
fn pcrs_that_would_not_hold_a_derived_key_are_refused() {
    let new = NewKey {
        pcrs: Some("7".parse().expect("a selection")),
        ..wish(Hierarchy::Owner, "")
    };
    let refused = error_of(derive(&service_with_tpm(), &alice(), None, new));
    assert_eq!(refused, RequestError::DerivedBound.into());
}

#[test]
fn an_ed25519_key_is_not_derived() {
    let service = service();
    let mut status = ready();
    let facts = status.facts.as_mut().expect("facts");
    facts.algorithms.push(Algorithm::Ed25519);
    service.ports.set_status(status);
    let new = NewKey {
        wanted: Wanted::Exactly(Algorithm::Ed25519),
        ..wish(Hierarchy::Owner, "")
    };
    let refused = error_of(derive(&service, &alice(), None, new));
    assert_eq!(refused, RequestError::DerivedSealed.into());
}

#[test]
fn words_whose_key_is_there_are_refused_without_a_prompt() {
    let service = service_with_tpm();
    let there = derived(&alice(), Hierarchy::Owner, "work");
    let expected = RequestError::DerivedAlready(there.fingerprint());
    service.ports.store(there);
    service.ports.expect([listed(&alice())]);
    let new = wish(Hierarchy::Owner, "work");
    assert_eq!(
        error_of(derive(&service, &alice(), None, new)),
        expected.into()
    );
}

#[test]
fn words_whose_key_is_lost_derive_another_one() {
    let service = service_with_tpm();
    let lost = derived(&alice(), Hierarchy::Owner, "work");
    service
        .ports
        .set_found(lost.fingerprint(), Found::AnotherKey);
    service.ports.store(lost.clone());
    service.ports.expect([
        listed(&alice()),
        allowed(Action::CreateOwnKey, &alice(), &alice()),
        listed(&alice()),
        listed(&alice()),
    ]);
    // The TPM says otherwise, and then the store has the last word.
    service
        .ports
        .expect(made(&lost, Err(StoreError::ChangedByAnother)));
    let refused = error_of(derive(
        &service,
        &alice(),
        None,
        wish(Hierarchy::Owner, "work"),
    ));
    let expected = RequestError::DerivedAlready(lost.fingerprint());
    assert_eq!(refused, expected.into());
}

#[test]
fn rules_of_polkit_learn_what_a_key_is_derived_from() {
    let request = Generate {
        target: crate::policy::Target::new(call_of(&bob()), None, "sshtpm-host"),
        algorithm: p256(),
        derivation: Some(Derivation::new(&bob(), Hierarchy::Null, label("x")).into()),
        pcrs: None,
        comment: comment(""),
        restrictions: people::usual(&bob()),
    };
    let details = request.details();
    let has = |name, value: &str| details.entries.contains(&(name, value.to_owned()));
    assert!(has("origin", "derived") && has("holding", "tpm"));
    assert!(has("hierarchy", "null") && has("label", "x"));
}

/// A TPM with this parent.
fn with_parent(seed: u8) -> TpmStatus {
    TpmStatus {
        parent: Some(parent(seed)),
        ..ready()
    }
}

fn state(status: TpmStatus, hierarchy: Hierarchy, found: Option<Found>) -> KeyState {
    let service = service();
    service.ports.set_status(status);
    let record = Arc::new(derived(&alice(), hierarchy, ""));
    if let Some(found) = found {
        service.ports.set_found(record.fingerprint(), found);
    }
    run(service.listed(record)).state
}

#[test]
fn only_the_tpm_says_that_a_derived_key_is_lost() {
    use Hierarchy::{Endorsement, Null, Owner};
    use KeyState::{Lost, Unknown, Usable};
    let (same, other) = (7, 8);
    for (parent, hierarchy, found, expected) in [
        (same, Owner, None, Usable),
        (same, Endorsement, None, Usable),
        // The machine may have been off in the meantime.
        (same, Null, None, Unknown),
        // It was cleared or replaced, or its parent alone was.
        (other, Owner, None, Unknown),
        (other, Endorsement, None, Unknown),
        (other, Owner, Some(Found::TheKey), Usable),
        (same, Null, Some(Found::TheKey), Usable),
        (same, Owner, Some(Found::AnotherKey), Lost),
        (same, Null, Some(Found::AnotherKey), Lost),
    ] {
        let state = state(with_parent(parent), hierarchy, found);
        assert_eq!(state, expected, "{parent} {hierarchy} {found:?}");
    }
}

#[test]
fn the_tpm_keeps_no_key_of_its_null_hierarchy() {
    let service = service();
    let record = derived(&alice(), Hierarchy::Null, "");
    let key = record.fingerprint();
    service.ports.store(record);
    service.ports.expect([found(&alice(), key)]);
    let set = run(service.begin_set_persistent(call_of(&alice()), None, key, true));
    let refused = set.expect_err("it ends with the power");
    assert_eq!(refused, RequestError::NullNotPersistent.into());
}
