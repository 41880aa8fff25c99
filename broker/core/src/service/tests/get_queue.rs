//! Tests of asking what waits.

use super::people::{alice, call_of};
use super::*;
use crate::queue::QueueState;

const QUEUE: QueueState = QueueState {
    waiting: 4,
    own: 2,
    generations: 1,
    generating: true,
};

fn asked_by_alice(decision: Decision) -> (Call, Answer) {
    let call = Call::Ask {
        action: Action::InspectTpm,
        caller: alice(),
        about: None,
    };
    (call, Answer::Decided(decision))
}

#[test]
fn an_allowed_caller_learns_what_waits() {
    let service = service();
    service.ports.expect([
        asked_by_alice(Decision::Allowed),
        (Call::Queue(alice()), Answer::Queued(QUEUE)),
    ]);
    assert_eq!(run(service.get_queue(call_of(&alice()))), Ok(QUEUE));
}

#[test]
fn a_refused_caller_learns_nothing() {
    for why in REFUSALS {
        let service = service();
        service
            .ports
            .expect([asked_by_alice(Decision::Refused(why))]);
        assert_eq!(run(service.get_queue(call_of(&alice()))), Err(why.into()));
    }
}
