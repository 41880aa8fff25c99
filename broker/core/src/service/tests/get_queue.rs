//! Tests of asking what waits.

use super::people::{alice, call_of};
use super::*;
use crate::identity::Caller;
use crate::policy::Request as _;
use crate::queue::QueueState;
use crate::requests::GetWholeQueue;

const QUEUE: QueueState = QueueState {
    waiting: 4,
    own: 2,
    generations: 1,
    generating: true,
};

fn asked_by_alice(action: Action, decision: Decision) -> (Call, Answer) {
    let call = Call::Ask {
        action,
        caller: alice(),
        about: None,
    };
    (call, Answer::Decided(decision))
}

#[test]
fn a_caller_who_may_not_manage_the_tpm_learns_what_is_theirs() {
    for why in REFUSALS {
        let service = service();
        service.ports.expect([
            asked_by_alice(Action::InspectTpm, Decision::Allowed),
            asked_by_alice(Action::ManageTpm, Decision::Refused(why)),
            (Call::Queue(alice()), Answer::Queued(QUEUE)),
        ]);
        assert_eq!(run(service.get_queue(call_of(&alice()))), Ok(QUEUE));
    }
}

#[test]
fn a_caller_who_may_manage_the_tpm_learns_everything() {
    let service = service();
    service.ports.expect([
        asked_by_alice(Action::InspectTpm, Decision::Allowed),
        asked_by_alice(Action::ManageTpm, Decision::Allowed),
        (Call::WholeQueue(alice()), Answer::Queued(QUEUE)),
    ]);
    assert_eq!(run(service.get_queue(call_of(&alice()))), Ok(QUEUE));
}

#[test]
fn no_person_is_asked_whether_a_caller_may_see_the_queue_of_all() {
    let caller = Caller {
        interactive: true,
        ..call_of(&alice())
    };
    assert!(!GetWholeQueue::new(&caller).caller().interactive);
}

#[test]
fn a_refused_caller_learns_nothing() {
    for why in REFUSALS {
        let service = service();
        let refused = Decision::Refused(why);
        service
            .ports
            .expect([asked_by_alice(Action::InspectTpm, refused)]);
        assert_eq!(run(service.get_queue(call_of(&alice()))), Err(why.into()));
    }
}
