//! Questions to people, and what becomes of the next one.

use std::cell::Cell;

use super::*;
use crate::policy::Action;

const ALICE: Uid = Uid(1000);
const HOST: Origin = Origin::Forwarded([7; 32]);

fn topic(origin: Origin) -> Topic {
    Topic {
        action: Action::ConfirmUse,
        key: None,
        origin,
    }
}

/// What becomes of a question that is answered so.
fn ask(rests: &Rests, origin: Origin, now: u64, answer: Decision) -> Result<(), Refused> {
    let clock = || Duration::from_secs(now);
    rests
        .begin(ALICE, topic(origin), &clock)
        .map(|asking| asking.answered(answer))
}

const NO: Decision = Decision::Refused(Refused::Declined);

#[test]
fn a_refusal_and_an_unanswered_question_are_followed_by_a_rest() {
    for why in [Refused::Declined, Refused::Unanswered] {
        let rests = Rests::default();
        assert_eq!(ask(&rests, HOST, 100, Decision::Refused(why)), Ok(()));
        assert_eq!(ask(&rests, HOST, 100, NO), Err(Refused::Resting(10)));
        assert_eq!(ask(&rests, HOST, 109, NO), Err(Refused::Resting(1)));
        assert_eq!(ask(&rests, HOST, 110, NO), Ok(()));
    }
}

#[test]
fn a_question_that_nobody_saw_is_followed_by_no_rest() {
    let rests = Rests::default();
    for why in [
        Refused::InteractionRequired,
        Refused::TooManyPrompts,
        Refused::AuthorityUnavailable,
    ] {
        assert_eq!(ask(&rests, HOST, 100, Decision::Refused(why)), Ok(()));
    }
    assert_eq!(ask(&rests, HOST, 100, Decision::Allowed), Ok(()));
    assert_eq!(ask(&rests, HOST, 100, NO), Ok(()));
}

#[test]
fn a_question_that_is_withdrawn_counts_as_refused() {
    let rests = Rests::default();
    let time = Cell::new(100);
    let clock = || Duration::from_secs(time.get());
    drop(rests.begin(ALICE, topic(HOST), &clock));
    assert_eq!(ask(&rests, HOST, 100, NO), Err(Refused::Resting(10)));
}

#[test]
fn other_machines_have_one_question_open_and_local_programs_ask_beside_it() {
    let rests = Rests::default();
    let clock = || Duration::from_secs(100);
    let open = rests.begin(ALICE, topic(HOST), &clock).expect("a question");
    let other = Origin::Forwarded([8; 32]);
    assert_eq!(ask(&rests, other, 100, NO), Err(Refused::TooManyPrompts));
    assert_eq!(ask(&rests, Origin::Local, 100, NO), Ok(()));
    open.answered(Decision::Allowed);
    assert_eq!(ask(&rests, other, 100, NO), Ok(()));
}

#[test]
fn another_user_does_not_rest() {
    let rests = Rests::default();
    assert_eq!(ask(&rests, HOST, 100, NO), Ok(()));
    let clock = || Duration::from_secs(100);
    assert!(rests.begin(Uid(1001), topic(HOST), &clock).is_ok());
}

#[test]
fn users_without_refusals_are_forgotten() {
    let rests = Rests::default();
    for now in [100, 100_000] {
        let answer = ask(&rests, Origin::Local, now, Decision::Allowed);
        assert_eq!(answer, Ok(()));
        assert!(rests.lock().is_empty());
        assert_eq!(ask(&rests, HOST, now, NO), Ok(()));
        assert_eq!(rests.lock().len(), 1);
    }
    let clock = || Duration::from_secs(1_000_000);
    drop(rests.begin(Uid(1001), topic(Origin::Local), &clock));
    assert_eq!(rests.lock().len(), 1);
}
