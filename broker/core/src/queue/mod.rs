//! The order of requests at the TPM.
//!
//! Users take turns, one request each, so that many requests of one user delay that user and no
//! other. `shares` says how many requests may wait. Host keys have a line of their own,
//! because strangers fill it by connecting to sshd: it gets every second turn at most, and no more
//! turns than a rate allows. Generating an RSA key lets other requests go first for a while, and
//! again after it. A request whose caller left takes no place. Work that no caller asked for is
//! done when there is no other.
//!
//! The queue has no clock: each call gives it the time, and it says when to ask again.

mod generations;
mod line;
#[cfg(test)]
mod tests;
mod turns;

use std::collections::VecDeque;
use std::num::NonZeroU16;
use std::time::Instant;

use super::quota::LimitError;
use super::rate::Rate;
use super::shares::{Bounds, Full};
use generations::Generations;
use turns::Turns;

pub use line::{Line, Work};

/// Something that can wait here.
pub trait Waiting {
    /// Whether a caller still waits for it.
    fn is_wanted(&self) -> bool;
}

/// What waits, and what is under way.
#[derive(Debug)]
pub struct FairQueue<T> {
    users: Turns<T>,
    host: VecDeque<T>,
    host_rate: Rate,
    /// Whether the last turn of quick work was that of the host keys.
    host_was_last: bool,
    generations: Generations<T>,
    /// Work that no caller asked for.
    unasked: Option<T>,
    in_progress: Option<InProgress>,
    bounds: QueueBounds,
}

/// What was given out last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum InProgress {
    Quick,
    GenerationOf(Line),
}

/// How much can wait, and how often host keys have their turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueBounds {
    /// Requests of one user that can wait.
    pub per_user: usize,
    /// Without the host keys', so that users cannot keep sshd out.
    pub in_all: usize,
    /// Turns of the host keys in a second.
    pub host_per_second: NonZeroU16,
}

/// What to do now.
#[derive(Debug, PartialEq, Eq)]
pub enum Next<T> {
    /// This.
    Now(T),
    /// Nothing before this moment, unless something comes.
    NotBefore(Instant),
    /// Nothing, until something comes.
    Nothing,
}

/// What waits for the TPM, and how much of it is the caller's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueState {
    /// Requests that wait.
    pub waiting: usize,
    /// Those of them that are the caller's.
    pub own: usize,
    /// Those of them that generate an RSA key.
    pub generations: usize,
    /// Whether an RSA key is being generated.
    pub generating: bool,
}

/// Generations of one user that can wait: a further one gains nothing while the chip makes one key
/// at a time.
const GENERATIONS_PER_USER: usize = 1;

/// Requests of one user that can wait once half of all that can are there: as many as an agent
/// makes at a time.
const PER_USER_WHEN_CROWDED: usize = 16;

impl<T: Waiting> FairQueue<T> {
    /// An empty queue.
    pub fn new(bounds: QueueBounds) -> Self {
        Self {
            users: Turns::new(),
            host: VecDeque::new(),
            host_rate: Rate::new(bounds.host_per_second),
            host_was_last: false,
            generations: Generations::new(),
            unasked: None,
            in_progress: None,
            bounds,
        }
    }

    /// Changes the bounds from now on. What waits already stays.
    pub fn set_bounds(&mut self, bounds: QueueBounds) {
        self.bounds = bounds;
        self.host_rate.set(bounds.host_per_second);
    }

    /// Adds a request of a caller.
    ///
    /// # Errors
    ///
    /// The queue, or the share of the user, is full; the item is dropped.
    pub fn push(
        &mut self,
        line: Line,
        work: Work,
        item: T,
        now: Instant,
    ) -> Result<(), LimitError> {
        self.forget_unwanted();
        self.has_room(line, work)?;
        match (work, line) {
            (Work::Generation, _) => self.generations.push(line, item, now),
            (Work::Quick, Line::Host) => self.host.push_back(item),
            (Work::Quick, Line::User(uid)) => self.users.push(uid, item),
        }
        Ok(())
    }

    /// Adds quick work that no caller asked for. It is done next if there is no other work then,
    /// and dropped if anything waits or is under way. It takes no turn, and no rate counts it.
    pub fn offer(&mut self, item: T) {
        self.forget_unwanted();
        if self.waiting() == 0 && self.unasked.is_none() && self.in_progress.is_none() {
            self.unasked = Some(item);
        }
    }

    /// What to do next. What was given out before is done by now.
    pub fn pop(&mut self, now: Instant) -> Next<T> {
        match self.in_progress.take() {
            Some(InProgress::GenerationOf(_)) => self.generations.ended(now),
            Some(InProgress::Quick) => self.generations.others_were_served(now),
            None => {}
        }
        self.forget_unwanted();
        let unasked = self.unasked.take();
        let others_wait = !(self.users.is_empty() && self.host.is_empty());
        let generation = self.generations.start_at(others_wait);
        if generation.is_some_and(|start| start <= now)
            && let Some((line, item)) = self.generations.pop(now)
        {
            self.in_progress = Some(InProgress::GenerationOf(line));
            return Next::Now(item);
        }
        if let Some(item) = self.pop_quick(now).or(unasked) {
            self.in_progress = Some(InProgress::Quick);
            return Next::Now(item);
        }
        let host = self
            .host_rate
            .free_at(now)
            .filter(|_| !self.host.is_empty());
        let soonest = [generation, host].into_iter().flatten().min();
        soonest.map_or(Next::Nothing, Next::NotBefore)
    }

    /// All that waits, and how much of it waits in `line`.
    pub fn state(&mut self, line: Line) -> QueueState {
        self.forget_unwanted();
        let generating = matches!(self.in_progress, Some(InProgress::GenerationOf(_)));
        QueueState {
            waiting: self.waiting(),
            own: self.of(line),
            generations: self.generations.len(),
            generating,
        }
    }

    /// The same, as if nothing but what belongs to `line` was there.
    pub fn state_of(&mut self, line: Line) -> QueueState {
        self.forget_unwanted();
        let own = self.of(line);
        QueueState {
            waiting: own,
            own,
            generations: self.generations.of(line),
            generating: self.in_progress == Some(InProgress::GenerationOf(line)),
        }
    }

    fn waiting(&self) -> usize {
        self.users.len() + self.host.len() + self.generations.len()
    }

    fn pop_quick(&mut self, now: Instant) -> Option<T> {
        let is_hosts_turn = self.users.is_empty() || !self.host_was_last;
        let host_may = is_hosts_turn && self.host_rate.free_at(now).is_none();
        if host_may && let Some(item) = self.host.pop_front() {
            self.host_rate.take(now);
            self.host_was_last = true;
            return Some(item);
        }
        self.host_was_last = false;
        self.users.pop()
    }

    fn has_room(&self, line: Line, work: Work) -> Result<(), LimitError> {
        let own = self.of(line);
        match line {
            Line::Host if own >= self.bounds.per_user => {
                return Err(LimitError::Requests(self.bounds.per_user));
            }
            Line::Host => {}
            Line::User(_) => self.has_share(own)?,
        }
        if work == Work::Generation && self.generations.of(line) >= GENERATIONS_PER_USER {
            return Err(LimitError::Generations(GENERATIONS_PER_USER));
        }
        Ok(())
    }

    /// Whether a user with `own` requests here may add another one.
    fn has_share(&self, own: usize) -> Result<(), LimitError> {
        let bounds = Bounds {
            per_user: self.bounds.per_user,
            when_crowded: self.bounds.per_user.min(PER_USER_WHEN_CROWDED),
            in_all: self.bounds.in_all,
        };
        let of_users = self.users.len() + self.generations.len();
        bounds.allow(own, of_users).map_err(|full| match full {
            Full::OfUser(most) => LimitError::Requests(most),
            Full::InAll(most) => LimitError::Queue(most),
        })
    }

    fn of(&self, line: Line) -> usize {
        let quick = match line {
            Line::User(uid) => self.users.of(uid),
            Line::Host => self.host.len(),
        };
        quick + self.generations.of(line)
    }

    /// A request whose caller left makes room at once. This looks at everything that waits, which
    /// is bounded, and is cheap beside one command of the TPM.
    fn forget_unwanted(&mut self) {
        self.users.retain(T::is_wanted);
        self.host.retain(T::is_wanted);
        self.generations.retain(T::is_wanted);
    }
}
