//! Tests of generating.

mod limits;

use std::pin::pin;
use std::time::Duration;

use super::people::{alice, bob, call_of, comment, host, key, p256, ready, record, root};
use super::*;
use crate::algorithm::Wanted;
use crate::error::Error;
use crate::key::KeyRecord;
use crate::ports::{StoreError, TpmError};
use crate::quota::LimitError;
use crate::requests::RequestError;
use crate::service::ListedKey;
use crate::tpm_facts::{TpmFacts, TpmStatus};
use sshtpm_ssh::algorithm::Algorithm;
use sshtpm_ssh::tpm::KeyState;
use sshtpm_ssh::tpm::TpmState;

fn service_with_tpm(limits: Limits) -> Service<Fakes> {
    let service = Fakes::service(limits, &host());
    service.ports.set_status(ready());
    service
}

fn wanted() -> Wanted {
    Wanted::parse("", None).expect("the default")
}

fn generate(
    service: &Service<Fakes>,
    caller: &Owner,
    named: Option<Owner>,
) -> Result<ListedKey, Error> {
    run(service.generate(call_of(caller), named, wanted(), comment("laptop")))
}

fn error_of(result: Result<ListedKey, Error>) -> Error {
    result.expect_err("it is refused")
}

fn created(result: Result<crate::key::TpmKey, TpmError>) -> (Call, Answer) {
    (Call::Create(p256()), Answer::Created(result))
}

fn now() -> (Call, Answer) {
    (Call::Now, Answer::Time(1_700_000_000))
}

fn added(record: KeyRecord, result: Result<(), StoreError>) -> (Call, Answer) {
    (Call::Add(record), Answer::Changed(result))
}

/// All that happens when a key is generated for `owner`.
fn expect_key(service: &Service<Fakes>, owner: &Owner) {
    service.ports.expect([
        allowed(Action::CreateOwnKey, owner, owner),
        listed(owner),
        created(Ok(key())),
        now(),
        added(record(owner), Ok(())),
    ]);
}

#[test]
fn an_allowed_caller_gets_a_key_that_is_stored_and_usable() {
    for named in [None, Some(alice())] {
        let service = service_with_tpm(LIMITS);
        expect_key(&service, &alice());
        let made = generate(&service, &alice(), named).expect("a key");
        assert!(*made.record == record(&alice()));
        assert_eq!(made.state, KeyState::Usable);
    }
}

#[test]
fn a_refused_generation_reaches_neither_tpm_nor_store() {
    for why in REFUSALS {
        let service = service_with_tpm(LIMITS);
        service
            .ports
            .expect([refused(Action::CreateOwnKey, &alice(), &alice(), why)]);
        assert_eq!(error_of(generate(&service, &alice(), None)), why.into());
    }
}

#[test]
fn generating_for_another_user_is_refused_without_a_prompt() {
    for caller in [alice(), root(), host()] {
        let refused = error_of(generate(&service(), &caller, Some(bob())));
        let expected = RequestError::GenerateForOther("sshtpm-host".to_owned());
        assert_eq!(refused, expected.into());
    }
}

#[test]
fn a_manager_generates_host_keys_for_the_host_user() {
    let service = service_with_tpm(LIMITS);
    service.ports.expect([
        allowed(Action::ManageHostKeys, &root(), &host()),
        listed(&host()),
        created(Ok(key())),
        now(),
        added(record(&host()), Ok(())),
    ]);
    let made = generate(&service, &root(), Some(host())).expect("a key");
    assert_eq!(made.record.owner, host());
}

#[test]
fn a_caller_that_may_not_manage_host_keys_generates_none() {
    let service = service_with_tpm(LIMITS);
    let why = Refused::NotAuthorized;
    service
        .ports
        .expect([refused(Action::ManageHostKeys, &alice(), &host(), why)]);
    assert_eq!(
        error_of(generate(&service, &alice(), Some(host()))),
        why.into()
    );
}

/// A service whose TPM could not be used so far, and looks like this now.
fn service_that_looks(now: Result<TpmFacts, TpmError>) -> Service<Fakes> {
    let service = service();
    service.ports.set_status(TpmStatus {
        state: TpmState::Unprovisioned,
        reason: "as it was before".to_owned(),
        parent: None,
        facts: None,
    });
    service
        .ports
        .expect([(Call::Look(alice().uid()), Answer::Seen(now))]);
    service
}

#[test]
fn an_unknown_tpm_is_looked_at_before_the_prompt() {
    for why in [
        TpmError::Unavailable("there is no /dev/tpmrm0".to_owned()),
        TpmError::ParentUnavailable("the owner password is set".to_owned()),
        TpmError::Failed,
    ] {
        let service = service_that_looks(Err(why.clone()));
        let refused = error_of(generate(&service, &alice(), None));
        assert_eq!(refused, why.into());
    }
}

#[test]
fn a_tpm_that_can_be_used_by_now_makes_the_key() {
    let facts = ready().facts.expect("one that is ready is known");
    let service = service_that_looks(Ok(facts));
    // From here on the status is that of a TPM in use, but the fakes do not change it by
    // themselves.
    expect_key(&service, &alice());
    generate(&service, &alice(), None).expect("a key");
}

#[test]
fn what_the_tpm_does_not_offer_is_refused_with_what_it_offers() {
    let service = service_with_tpm(LIMITS);
    let wanted = Wanted::parse("ssh-rsa", Some(4096)).expect("an algorithm");
    let refused = run(service.generate(call_of(&alice()), None, wanted, comment("")));
    assert_eq!(
        error_of(refused).to_string(),
        "this TPM cannot make ssh-rsa keys of 4096 bits; \
         it offers ecdsa-sha2-nistp256, ssh-rsa 2048"
    );
}

#[test]
fn rsa_without_a_length_is_refused_where_there_is_none() {
    let service = service();
    let mut status = ready();
    status.facts.as_mut().expect("facts").algorithms = vec![p256()];
    service.ports.set_status(status);
    let refused = run(service.generate(call_of(&alice()), None, Wanted::AnyRsa, comment("")));
    let expected = RequestError::NotOffered {
        name: "RSA".to_owned(),
        bits: None,
        offered: "ecdsa-sha2-nistp256".to_owned(),
    };
    assert_eq!(error_of(refused), expected.into());
}

#[test]
fn rsa_without_a_length_takes_one_that_the_tpm_offers() {
    let service = service_with_tpm(LIMITS);
    let rsa = Algorithm::from_name_and_bits("ssh-rsa", 2048).expect("known");
    service.ports.expect([
        allowed(Action::CreateOwnKey, &alice(), &alice()),
        listed(&alice()),
        (Call::Create(rsa), Answer::Created(Err(TpmError::Failed))),
    ]);
    let failed = run(service.generate(call_of(&alice()), None, Wanted::AnyRsa, comment("")));
    assert_eq!(error_of(failed), TpmError::Failed.into());
}

#[test]
fn a_failure_of_the_tpm_leaves_nothing_behind_and_no_place_taken() {
    let service = service_with_tpm(Limits {
        keys_per_user: 1,
        ..LIMITS
    });
    service.ports.expect([
        allowed(Action::CreateOwnKey, &alice(), &alice()),
        listed(&alice()),
        created(Err(TpmError::Failed)),
    ]);
    assert_eq!(
        error_of(generate(&service, &alice(), None)),
        TpmError::Failed.into()
    );
    expect_key(&service, &alice());
    generate(&service, &alice(), None).expect("a key");
}

#[test]
fn a_failure_of_the_store_is_reported_and_no_record_is_kept() {
    for failure in [StoreError::Full, StoreError::NotWritable] {
        let service = service_with_tpm(Limits {
            keys_per_user: 1,
            ..LIMITS
        });
        service.ports.expect([
            allowed(Action::CreateOwnKey, &alice(), &alice()),
            listed(&alice()),
            created(Ok(key())),
            now(),
            added(record(&alice()), Err(failure)),
        ]);
        assert_eq!(error_of(generate(&service, &alice(), None)), failure.into());
        assert!(service.ports.stored().is_empty());
        expect_key(&service, &alice());
        generate(&service, &alice(), None).expect("a key");
    }
}
