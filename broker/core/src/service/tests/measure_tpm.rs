//! Tests of measuring the TPM.

use std::pin::pin;
use std::time::Duration;

use super::people::{alice, bob, call_of, key, p256, ready};
use super::*;
use crate::measurement::{PATIENCE, TURNS, TrialKey, Used};
use crate::quota::LimitError;
use crate::tpm_facts::TpmFacts;
use sshtpm_ssh::measured::Measured;
use sshtpm_ssh::word::Word as _;

const MILLISECOND: Duration = Duration::from_millis(1);

fn asked_by(caller: &Owner, decision: Decision) -> (Call, Answer) {
    let call = Call::Ask {
        action: Action::ManageTpm,
        caller: caller.clone(),
        about: None,
    };
    (call, Answer::Decided(decision))
}

fn looked_at_by(caller: &Owner) -> (Call, Answer) {
    let facts = ready().facts.expect("it is known");
    let algorithms = vec![p256()];
    let facts = TpmFacts {
        algorithms,
        ..facts
    };
    (Call::Look(caller.uid()), Answer::Seen(Ok(facts)))
}

/// One turn of a TPM without RSA, in which a round trip takes so long.
fn turn(round_trip: Duration) -> [(Call, Answer); 4] {
    let used = Used {
        load: MILLISECOND,
        sign: MILLISECOND,
    };
    [
        (Call::TimeRoundTrip, Answer::Took(Ok(round_trip))),
        (Call::TimeSession, Answer::Took(Ok(MILLISECOND))),
        (
            Call::TimeCreate(p256()),
            Answer::MadeToTry(Box::new(key()), MILLISECOND),
        ),
        (
            Call::TimeUse(TrialKey::new(p256(), key())),
            Answer::TookToUse(used),
        ),
    ]
}

fn expect_turns(service: &Service<Fakes>, turns: usize, round_trip: Duration) {
    for _ in 0..turns {
        service.ports.expect(turn(round_trip));
    }
}

/// How often a round trip was measured.
fn measured_by_alice(service: &Service<Fakes>) -> usize {
    let measured = run(service.measure_tpm(call_of(&alice()), true));
    let measured = measured.expect("alice may");
    let of = |wanted| measured.times().filter(|(what, _)| *what == wanted).count();
    let trips = of(Measured::RoundTrip);
    for what in [Measured::SignP256, Measured::LoadP256, Measured::CreateP256] {
        assert_eq!(of(what), trips, "{}", what.word());
    }
    trips
}

#[test]
fn each_command_is_measured_in_each_turn_and_rsa_only_if_offered() {
    let service = service();
    service.ports.expect([
        asked_by(&alice(), Decision::Allowed),
        looked_at_by(&alice()),
    ]);
    expect_turns(&service, TURNS, MILLISECOND);
    assert_eq!(measured_by_alice(&service), TURNS);
}

#[test]
fn no_turn_begins_on_a_chip_that_took_too_long() {
    let service = service();
    service.ports.expect([
        asked_by(&alice(), Decision::Allowed),
        looked_at_by(&alice()),
    ]);
    expect_turns(&service, 2, PATIENCE / 2);
    assert_eq!(measured_by_alice(&service), 2);
}

#[test]
fn a_refused_caller_measures_nothing() {
    for why in REFUSALS {
        let service = service();
        service
            .ports
            .expect([asked_by(&alice(), Decision::Refused(why))]);
        let refused = run(service.measure_tpm(call_of(&alice()), false));
        assert_eq!(refused, Err(why.into()));
    }
}

#[test]
fn nobody_is_asked_about_a_second_measurement_beside_another() {
    let service = service();
    service.ports.expect([
        asked_by(&alice(), Decision::Allowed),
        looked_at_by(&alice()),
        (Call::TimeRoundTrip, Answer::Waits),
    ]);
    let mut first = pin!(service.measure_tpm(call_of(&alice()), false));
    start(first.as_mut());
    let second = run(service.measure_tpm(call_of(&bob()), false));
    assert_eq!(second, Err(LimitError::Measurements.into()));
}

#[test]
fn of_two_that_are_allowed_at_the_same_time_one_is_made() {
    let service = service();
    let (asked, _) = asked_by(&bob(), Decision::Allowed);
    service.ports.expect([
        (asked, Answer::DecidedLater(Decision::Allowed)),
        asked_by(&alice(), Decision::Allowed),
        looked_at_by(&alice()),
        (Call::TimeRoundTrip, Answer::Waits),
    ]);
    let mut slow = pin!(service.measure_tpm(call_of(&bob()), false));
    start(slow.as_mut());
    let mut quick = pin!(service.measure_tpm(call_of(&alice()), false));
    start(quick.as_mut());
    assert_eq!(run(slow), Err(LimitError::Measurements.into()));
}

#[test]
fn a_measurement_whose_caller_left_keeps_no_other_away() {
    let service = service();
    service.ports.expect([
        asked_by(&bob(), Decision::Allowed),
        looked_at_by(&bob()),
        (Call::TimeRoundTrip, Answer::Waits),
        asked_by(&alice(), Decision::Allowed),
        looked_at_by(&alice()),
    ]);
    {
        let mut left = pin!(service.measure_tpm(call_of(&bob()), false));
        start(left.as_mut());
    }
    expect_turns(&service, TURNS, MILLISECOND);
    assert_eq!(measured_by_alice(&service), TURNS);
}
