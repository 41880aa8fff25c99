//! Tests of generating.

use std::pin::pin;
use std::time::Duration;

use super::people::{alice, bob, call_of, comment, host, key, p256, ready, record, root};
use super::*;
use crate::algorithm::{Algorithm, Wanted};
use crate::error::Error;
use crate::key::KeyRecord;
use crate::ports::{StoreError, TpmError};
use crate::quota::LimitError;
use crate::requests::RequestError;
use crate::service::{KeyState, ListedKey};
use crate::tpm_facts::{TpmFacts, TpmState, TpmStatus};

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
fn who_is_allowed_to_gets_a_key_that_is_stored_and_usable() {
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
fn nobody_generates_keys_for_another_user_and_nobody_is_asked() {
    for caller in [alice(), root(), host()] {
        let refused = error_of(generate(&service(), &caller, Some(bob())));
        let expected = RequestError::GenerateForOther("sshtpm-host".to_owned());
        assert_eq!(refused, expected.into());
    }
}

#[test]
fn host_keys_are_generated_by_who_may_manage_them_and_belong_to_the_host_user() {
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
fn who_may_not_manage_host_keys_generates_none() {
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
        facts: None,
    });
    service
        .ports
        .expect([(Call::Look(alice().uid()), Answer::Seen(now))]);
    service
}

#[test]
fn a_tpm_of_which_nothing_is_known_is_looked_at_before_anybody_is_asked() {
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
    // From here on the status is that of a TPM in use, but the fakes do not change it by themselves.
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

#[test]
fn who_has_all_the_keys_there_may_be_gets_no_more() {
    let service = service_with_tpm(Limits {
        keys_per_user: 1,
        ..LIMITS
    });
    service.ports.store(record(&alice()));
    service.ports.expect([
        allowed(Action::CreateOwnKey, &alice(), &alice()),
        listed(&alice()),
    ]);
    assert_eq!(
        error_of(generate(&service, &alice(), None)),
        LimitError::Keys(1).into()
    );
}

#[test]
fn the_keys_of_one_user_do_not_count_for_another() {
    let service = service_with_tpm(Limits {
        keys_per_user: 1,
        ..LIMITS
    });
    service.ports.store(record(&alice()));
    expect_key(&service, &bob());
    generate(&service, &bob(), None).expect("a key");
}

#[test]
fn host_keys_count_for_the_host_user() {
    let service = service_with_tpm(Limits {
        keys_per_user: 1,
        ..LIMITS
    });
    service.ports.store(record(&host()));
    service.ports.expect([
        allowed(Action::ManageHostKeys, &root(), &host()),
        listed(&host()),
    ]);
    let refused = error_of(generate(&service, &root(), Some(host())));
    assert_eq!(refused, LimitError::Keys(1).into());
}

#[test]
fn two_generations_at_the_same_time_do_not_take_the_same_last_place() {
    let service = service_with_tpm(Limits {
        keys_per_user: 1,
        ..LIMITS
    });
    {
        let mut first =
            pin!(service.generate(call_of(&alice()), None, wanted(), comment("laptop")));
        service.ports.expect([
            allowed(Action::CreateOwnKey, &alice(), &alice()),
            listed(&alice()),
            (Call::Create(p256()), Answer::Waits),
        ]);
        start(first.as_mut());
        service.ports.expect([
            allowed(Action::CreateOwnKey, &alice(), &alice()),
            listed(&alice()),
        ]);
        assert_eq!(
            error_of(generate(&service, &alice(), None)),
            LimitError::Keys(1).into()
        );
    }
    expect_key(&service, &alice());
    generate(&service, &alice(), None).expect("the first one gave its place back");
}

#[test]
fn who_waits_for_a_person_takes_no_place_for_a_key() {
    let service = service_with_tpm(Limits {
        keys_per_user: 1,
        ..LIMITS
    });
    let mut first = pin!(service.generate(call_of(&alice()), None, wanted(), comment("laptop")));
    service.ports.expect([asked(
        Action::CreateOwnKey,
        &alice(),
        &alice(),
        Answer::Waits,
    )]);
    start(first.as_mut());
    expect_key(&service, &alice());
    generate(&service, &alice(), None).expect("a key");
}

/// Keys are made at this moment, and as many as may be within an hour are there already.
fn service_after_two_of_two() -> Service<Fakes> {
    let service = service_with_tpm(Limits {
        keys_generated_per_hour: 2,
        ..LIMITS
    });
    for _ in 0..2 {
        expect_key(&service, &alice());
        generate(&service, &alice(), None).expect("a key");
    }
    service
}

fn expect_no_more_than_a_question(service: &Service<Fakes>, owner: &Owner) {
    service
        .ports
        .expect([allowed(Action::CreateOwnKey, owner, owner), listed(owner)]);
}

#[test]
fn who_had_many_keys_made_lately_waits_whatever_became_of_them() {
    let service = service_after_two_of_two();
    service.ports.delete_all();
    service.ports.pass(Duration::from_secs(20 * 60 + 30));
    expect_no_more_than_a_question(&service, &alice());
    let refused = error_of(generate(&service, &alice(), None));
    assert_eq!(
        refused.to_string(),
        "2 keys an hour are the most that can be made for one user; try again in 40 minutes"
    );
    service.ports.pass(Duration::from_secs(40 * 60));
    expect_key(&service, &alice());
    generate(&service, &alice(), None).expect("the hour is over");
}

#[test]
fn the_hour_of_one_user_is_not_that_of_another() {
    let service = service_after_two_of_two();
    expect_key(&service, &bob());
    generate(&service, &bob(), None).expect("a key");
}

#[test]
fn host_keys_have_an_hour_of_their_own() {
    let service = service_with_tpm(Limits {
        keys_generated_per_hour: 1,
        ..LIMITS
    });
    let question = || {
        [
            allowed(Action::ManageHostKeys, &root(), &host()),
            listed(&host()),
        ]
    };
    service.ports.expect(question());
    service
        .ports
        .expect([created(Ok(key())), now(), added(record(&host()), Ok(()))]);
    generate(&service, &root(), Some(host())).expect("a key");
    service.ports.expect(question());
    let refused = error_of(generate(&service, &root(), Some(host())));
    let expected = LimitError::GeneratedPerHour {
        at_most: 1,
        room_in: Duration::from_secs(60 * 60),
    };
    assert_eq!(refused, expected.into());
    expect_key(&service, &root());
    generate(&service, &root(), None).expect("root's own");
}

#[test]
fn what_the_tpm_did_not_work_at_does_not_count_and_what_it_failed_at_does() {
    for (failure, counts) in [
        (TpmError::Unavailable("there is no TPM".to_owned()), false),
        (TpmError::ParentUnavailable("no parent".to_owned()), false),
        (TpmError::Limit(LimitError::Queue(1)), false),
        (TpmError::CallerGone, false),
        (TpmError::Failed, true),
    ] {
        let service = service_with_tpm(Limits {
            keys_generated_per_hour: 1,
            ..LIMITS
        });
        expect_no_more_than_a_question(&service, &alice());
        service.ports.expect([created(Err(failure.clone()))]);
        assert!(generate(&service, &alice(), None).is_err());
        if counts {
            expect_no_more_than_a_question(&service, &alice());
        } else {
            expect_key(&service, &alice());
        }
        let again = generate(&service, &alice(), None);
        assert_eq!(again.is_err(), counts, "{failure:?}");
    }
}
