//! Tests of whose turn it is.

mod generations;
mod host_keys;
mod unasked;

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use super::*;
use crate::identity::{HOST_USER, Owner, Uid, UserName};
use sshtpm_ssh::algorithm::Algorithm;

const ALICE: Line = Line::User(Uid(1000));
const BOB: Line = Line::User(Uid(1001));
const CAROL: Line = Line::User(Uid(1002));

const BOUNDS: QueueBounds = QueueBounds {
    per_user: 8,
    in_all: 32,
    host_per_second: NonZeroU16::MAX,
};

/// A request, and whether its caller is still there.
#[derive(Clone, Debug)]
struct Asked {
    name: &'static str,
    is_there: Rc<Cell<bool>>,
}

impl Asked {
    fn new(name: &'static str) -> Self {
        let is_there = Rc::new(Cell::new(true));
        Self { name, is_there }
    }

    fn leave(&self) {
        self.is_there.set(false);
    }
}

impl Waiting for Asked {
    fn is_wanted(&self) -> bool {
        self.is_there.get()
    }
}

/// A queue, and what time it is there.
struct Clocked {
    queue: FairQueue<Asked>,
    start: Instant,
    now: Instant,
}

impl Clocked {
    fn new(bounds: QueueBounds) -> Self {
        let start = Instant::now();
        Self {
            queue: FairQueue::new(bounds),
            start,
            now: start,
        }
    }

    fn add(&mut self, line: Line, work: Work, name: &'static str) -> Result<Asked, LimitError> {
        let asked = Asked::new(name);
        self.queue.push(line, work, asked.clone(), self.now)?;
        Ok(asked)
    }

    fn quick(&mut self, line: Line, name: &'static str) -> Asked {
        self.add(line, Work::Quick, name).expect("room")
    }

    fn generation(&mut self, line: Line, name: &'static str) -> Asked {
        self.add(line, Work::Generation, name).expect("room")
    }

    fn offer(&mut self, name: &'static str) {
        self.queue.offer(Asked::new(name));
    }

    /// What is next; `None` if it has to wait.
    fn next(&mut self) -> Option<&'static str> {
        match self.queue.pop(self.now) {
            Next::Now(asked) => Some(asked.name),
            Next::NotBefore(_) | Next::Nothing => None,
        }
    }

    /// All that can be done now.
    fn drain(&mut self) -> Vec<&'static str> {
        std::iter::from_fn(|| self.next()).collect()
    }

    /// How long after the start something can be done.
    fn waits_until(&mut self) -> Option<Duration> {
        match self.queue.pop(self.now) {
            Next::NotBefore(then) => Some(then - self.start),
            other => panic!("it does not wait: {other:?}"),
        }
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
    }
}

impl PartialEq for Asked {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

fn queue() -> Clocked {
    Clocked::new(BOUNDS)
}

#[test]
fn users_are_served_in_turn() {
    let mut queue = queue();
    for name in ["a1", "a2", "a3"] {
        queue.quick(ALICE, name);
    }
    for name in ["b1", "b2"] {
        queue.quick(BOB, name);
    }
    assert_eq!(queue.drain(), ["a1", "b1", "a2", "b2", "a3"]);
}

#[test]
fn a_newcomer_goes_before_the_next_request_of_the_served_user() {
    let mut queue = queue();
    for name in ["a1", "a2", "a3"] {
        queue.quick(ALICE, name);
    }
    assert_eq!(queue.next(), Some("a1"));
    queue.quick(BOB, "b1");
    assert_eq!(queue.drain(), ["b1", "a2", "a3"]);
}

#[test]
fn a_served_user_that_asks_again_is_behind_those_waiting() {
    let mut queue = queue();
    queue.quick(ALICE, "a1");
    assert_eq!(queue.next(), Some("a1"));
    queue.quick(ALICE, "a2");
    queue.quick(BOB, "b1");
    assert_eq!(queue.drain(), ["b1", "a2"]);
}

#[test]
fn a_user_at_the_limit_does_not_keep_others_out() {
    let mut queue = Clocked::new(QueueBounds {
        per_user: 1,
        ..BOUNDS
    });
    queue.quick(ALICE, "a1");
    let refused = queue.add(ALICE, Work::Quick, "a2");
    assert_eq!(refused.err(), Some(LimitError::Requests(1)));
    queue.quick(BOB, "b1");
    queue.quick(Line::Host, "h1");
    assert_eq!(queue.drain(), ["h1", "a1", "b1"]);
}

#[test]
fn a_limit_can_be_changed_and_nothing_that_waits_is_lost() {
    let mut queue = queue();
    let bounds = |per_user| QueueBounds { per_user, ..BOUNDS };
    queue.quick(ALICE, "a1");
    queue.quick(ALICE, "a2");
    queue.queue.set_bounds(bounds(1));
    let refused = queue.add(ALICE, Work::Quick, "a3");
    assert_eq!(refused.err(), Some(LimitError::Requests(1)));
    queue.queue.set_bounds(bounds(3));
    queue.quick(ALICE, "a3");
    assert_eq!(queue.drain(), ["a1", "a2", "a3"]);
}

#[test]
fn the_queue_as_a_whole_is_bounded_but_not_for_host_keys() {
    let mut queue = Clocked::new(QueueBounds {
        in_all: 1,
        ..BOUNDS
    });
    queue.quick(ALICE, "a1");
    for work in [Work::Quick, Work::Generation] {
        let refused = queue.add(BOB, work, "b1");
        assert_eq!(refused.err(), Some(LimitError::Queue(1)));
    }
    queue.quick(Line::Host, "h1");
    assert_eq!(queue.drain(), ["h1", "a1"]);
    queue.quick(BOB, "b1");
}

#[test]
fn users_who_ask_for_all_that_they_can_leave_room_for_another() {
    let mut queue = Clocked::new(QueueBounds {
        per_user: 64,
        in_all: 128,
        ..BOUNDS
    });
    for line in [ALICE, BOB] {
        while queue.add(line, Work::Quick, "one of many").is_ok() {}
    }
    assert_eq!(queue.queue.state(ALICE).own, 64);
    assert_eq!(queue.queue.state(BOB).own, PER_USER_WHEN_CROWDED);
    queue.quick(CAROL, "c1");
}

#[test]
fn a_caller_that_leaves_makes_room_for_its_user_and_all() {
    let mut queue = Clocked::new(QueueBounds {
        per_user: 2,
        in_all: 2,
        ..BOUNDS
    });
    let first = queue.quick(ALICE, "a1");
    let second = queue.quick(ALICE, "a2");
    assert!(queue.add(BOB, Work::Quick, "b1").is_err());
    first.leave();
    queue.quick(BOB, "b1");
    second.leave();
    queue.quick(ALICE, "a3");
    assert_eq!(queue.drain(), ["b1", "a3"]);
}

#[test]
fn a_caller_that_left_is_not_served_in_any_line() {
    let mut queue = queue();
    queue.quick(ALICE, "a1").leave();
    queue.quick(Line::Host, "h1").leave();
    queue.generation(BOB, "B").leave();
    assert_eq!(queue.queue.state(ALICE).waiting, 0);
    assert_eq!(queue.queue.pop(queue.now), Next::Nothing);
}

#[test]
fn the_state_says_what_waits_whose_it_is_and_what_is_made() {
    let mut queue = queue();
    queue.generation(ALICE, "A");
    assert_eq!(queue.next(), Some("A"));
    queue.generation(ALICE, "A2");
    queue.quick(ALICE, "a1");
    queue.quick(BOB, "b1");
    queue.quick(Line::Host, "h1");
    let state = |own| QueueState {
        waiting: 4,
        own,
        generations: 1,
        generating: true,
    };
    assert_eq!(queue.queue.state(ALICE), state(2));
    assert_eq!(queue.queue.state(BOB), state(1));
    assert_eq!(queue.queue.state(Line::Host), state(1));
    assert_eq!(queue.queue.state(CAROL), state(0));
    queue.next();
    assert!(!queue.queue.state(CAROL).generating);
}

#[test]
fn the_line_is_that_of_the_user_and_host_keys_have_their_own() {
    let owner = |uid, name| Owner::new(Uid(uid), UserName::new(name).expect("a name"));
    assert_eq!(Line::of(&owner(1000, "alice")), ALICE);
    assert_eq!(Line::of(&owner(990, HOST_USER)), Line::Host);
}

#[test]
fn long_is_what_searches_for_primes() {
    for algorithm in Algorithm::ALL {
        let expected = match algorithm.ssh_name() {
            "ssh-rsa" => Work::Generation,
            _ => Work::Quick,
        };
        assert_eq!(Work::to_make(algorithm), expected, "{algorithm}");
    }
}

#[test]
fn what_belongs_to_others_is_not_seen_in_ones_own_state() {
    let mut queue = queue();
    queue.generation(BOB, "bob's");
    queue.pass(Duration::from_secs(60));
    assert_eq!(queue.next(), Some("bob's"));
    queue.quick(BOB, "b1");
    queue.generation(BOB, "bob's next");
    queue.quick(ALICE, "a1");
    let own = |waiting, generations, generating| QueueState {
        waiting,
        own: waiting,
        generations,
        generating,
    };
    assert_eq!(queue.queue.state_of(BOB), own(2, 1, true));
    assert_eq!(queue.queue.state_of(ALICE), own(1, 0, false));
    assert_eq!(queue.queue.state_of(CAROL), own(0, 0, false));
}
