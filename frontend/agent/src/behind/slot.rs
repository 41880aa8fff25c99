//! What all connections know of one agent behind.

use std::cell::{Cell, RefCell};
use std::mem::{Discriminant, discriminant};

use tracing::{debug, warn};

use super::listed::Offered;
use super::rest::Rest;
use super::room::Room;
use super::sieve::{Reason, Sieve, Turns};
use super::trouble::Trouble;
use crate::origin::Origin;
use crate::throttle::Throttle;

/// One agent behind.
#[derive(Debug)]
pub(super) struct Slot {
    /// How log lines name it.
    name: String,
    room: Room,
    /// For programs of this machine, and for all hosts to which the agent is forwarded: what a host
    /// sends may make an agent fail, and must not take it from the others.
    local_rest: RefCell<Rest>,
    forwarded_rest: RefCell<Rest>,
    lines: RefCell<Throttle<Discriminant<Trouble>>>,
    sieve: Sieve,
    left_out: RefCell<Throttle<Reason>>,
    process: Cell<Option<i32>>,
}

impl Slot {
    /// An agent that log lines call `name`, with `room` for its answers. Its keys are judged in
    /// `turns`.
    pub(super) fn new(name: String, room: Room, turns: &Turns) -> Self {
        Self {
            name,
            room,
            local_rest: RefCell::default(),
            forwarded_rest: RefCell::default(),
            lines: RefCell::default(),
            sieve: Sieve::new(turns),
            left_out: RefCell::default(),
            process: Cell::default(),
        }
    }

    /// The room for its answers.
    pub(super) fn room(&self) -> &Room {
        &self.room
    }

    /// Whether it is left alone now by requests from `origin`.
    pub(super) fn rests(&self, origin: Origin) -> bool {
        self.rest(origin).borrow().is_on()
    }

    /// Notes how a request from `origin` ended.
    pub(super) fn note<T>(&self, origin: Origin, ended: &Result<T, Trouble>) {
        match ended {
            Ok(_) => *self.rest(origin).borrow_mut() = Rest::default(),
            Err(trouble) => self.note_trouble(origin, trouble),
        }
    }

    fn rest(&self, origin: Origin) -> &RefCell<Rest> {
        match origin {
            Origin::Local => &self.local_rest,
            Origin::Forwarded => &self.forwarded_rest,
        }
    }

    fn note_trouble(&self, origin: Origin, trouble: &Trouble) {
        if trouble.makes_it_rest() {
            self.rest(origin).borrow_mut().begin();
        }
        if !trouble.is_worth_a_line() {
            debug!("did not use {}: {trouble}", self.name);
            return;
        }
        let passes = self.lines.borrow_mut().passes(discriminant(trouble));
        if let Some(suppressed) = passes {
            warn!("cannot use {}: {trouble}{suppressed}", self.name);
        }
    }

    /// `keys` of this agent without those that clients would refuse, with the whole list. What is
    /// left out is logged.
    pub(super) async fn sift(&self, keys: Vec<Offered>) -> Vec<Offered> {
        let sifted = self.sieve.sift(keys).await;
        for reason in sifted.left_out {
            let passes = self.left_out.borrow_mut().passes(reason);
            if let Some(suppressed) = passes {
                warn!("left out a key of {}: {reason}{suppressed}", self.name);
            }
        }
        sifted.keys
    }

    /// Notes which process listens at its socket, if that can be told.
    pub(super) fn note_process(&self, process: Option<i32>) {
        self.process.set(process);
    }

    /// Whether that process listens at its socket.
    pub(super) fn is_process(&self, process: i32) -> bool {
        self.process.get() == Some(process)
    }
}
