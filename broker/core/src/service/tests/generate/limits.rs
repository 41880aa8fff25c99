//! How many keys a user may have, and may have made within an hour.

use super::*;
use sshtpm_ssh::error_kind::ErrorKind;

#[test]
fn a_user_with_the_most_keys_gets_no_more() {
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
fn a_request_that_waits_for_a_person_takes_no_place_for_a_key() {
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
fn a_user_with_many_recent_keys_waits_even_if_they_are_gone() {
    let service = service_after_two_of_two();
    service.ports.delete_all();
    service.ports.pass(Duration::from_secs(20 * 60 + 30));
    expect_no_more_than_a_question(&service, &alice());
    let refused = error_of(generate(&service, &alice(), None));
    assert_eq!(
        refused.to_string(),
        "at most 2 keys an hour can be generated or imported for a user; try again in 40 minutes"
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
fn a_failed_generation_counts_only_if_the_tpm_worked_at_it() {
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

#[test]
fn keys_that_were_generated_count_after_a_restart() {
    let first = service_after_two_of_two();
    let next = service_with_tpm(Limits {
        keys_generated_per_hour: 2,
        ..LIMITS
    });
    next.restore_counts(first.ports.kept());
    expect_no_more_than_a_question(&next, &alice());
    let refused = error_of(generate(&next, &alice(), None));
    assert_eq!(refused.kind(), ErrorKind::LimitsExceeded);
    expect_key(&next, &bob());
    generate(&next, &bob(), None).expect("a key");
}

#[test]
fn no_key_is_generated_that_cannot_be_counted() {
    let service = service_with_tpm(Limits {
        keys_generated_per_hour: 1,
        ..LIMITS
    });
    service.ports.set_disk(false);
    for _ in 0..2 {
        expect_no_more_than_a_question(&service, &alice());
        let refused = error_of(generate(&service, &alice(), None));
        assert_eq!(refused, StoreError::NotCounted.into());
    }
    service.ports.set_disk(true);
    expect_key(&service, &alice());
    generate(&service, &alice(), None).expect("none was generated");
}
