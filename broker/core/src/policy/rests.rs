//! Rests: for how long nobody is asked again after a person refused.
//!
//! A program that is refused could otherwise ask again at once, until the person gives in. Each
//! refusal makes the next rest longer, and a yes ends it. A rest is about one action on one key, of
//! one origin: what another machine asks, to which the agent is forwarded, keeps nobody from using
//! the key on this one.
//!
//! Must never refuse what needs no person: only those who would be asked rest.

mod refusals;
mod topic;

pub use topic::Origin;
pub(super) use topic::Topic;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use self::refusals::Refusals;
use super::decision::{Decision, Refused};
use crate::identity::Uid;

/// The refusals of all users.
#[derive(Debug, Default)]
pub(crate) struct Rests {
    users: Mutex<HashMap<Uid, OfUser>>,
}

#[derive(Debug, Default)]
struct OfUser {
    refusals: Refusals,
    /// Questions that other machines ask, and that are open now.
    forwarded: usize,
}

/// Questions of other machines that a user may have open at a time. A user has four prompts, and
/// programs on this machine need some of them.
const MOST_FORWARDED: usize = 1;

impl Rests {
    /// Begins a question to a person on behalf of `uid`. `clock` tells the time since boot.
    ///
    /// # Errors
    ///
    /// The person refused lately, or another machine has a question open already.
    pub(super) fn begin<'a, N: Fn() -> Duration>(
        &'a self,
        uid: Uid,
        topic: Topic,
        clock: &'a N,
    ) -> Result<Asking<'a, N>, Refused> {
        let now = clock();
        let mut users = self.lock();
        let of_user = users.entry(uid).or_default();
        let refused = match of_user.refusals.rest(&topic, now) {
            Some(left) => Some(Refused::Resting(in_seconds(left))),
            None if topic.is_forwarded() && of_user.forwarded >= MOST_FORWARDED => {
                Some(Refused::TooManyPrompts)
            }
            None => None,
        };
        if let Some(refused) = refused {
            return Err(refused);
        }
        of_user.forwarded += usize::from(topic.is_forwarded());
        Ok(Asking {
            rests: self,
            uid,
            topic,
            clock,
            begun: now,
            outcome: Outcome::Refused,
        })
    }

    /// A panic elsewhere leaves a count of refusals behind that is right, or one too low.
    fn lock(&self) -> MutexGuard<'_, HashMap<Uid, OfUser>> {
        self.users.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A question that a person is being asked. If it is dropped without an answer, the caller has
/// withdrawn it; that counts as a refusal, or a program could open one dialogue after the other.
#[derive(Debug)]
#[must_use = "an open question that is dropped counts as refused"]
pub(super) struct Asking<'a, N: Fn() -> Duration> {
    rests: &'a Rests,
    uid: Uid,
    topic: Topic,
    clock: &'a N,
    begun: Duration,
    outcome: Outcome,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Agreed,
    Refused,
    /// There was nobody to ask, or no dialogue was opened.
    NotAsked,
}

impl<N: Fn() -> Duration> Asking<'_, N> {
    /// The question has this answer.
    pub(super) fn answered(mut self, answer: Decision) {
        self.outcome = match answer {
            Decision::Allowed => Outcome::Agreed,
            Decision::Refused(Refused::Declined | Refused::Unanswered) => Outcome::Refused,
            Decision::Refused(_) => Outcome::NotAsked,
        };
    }
}

impl<N: Fn() -> Duration> Drop for Asking<'_, N> {
    fn drop(&mut self) {
        let now = (self.clock)();
        let mut users = self.rests.lock();
        if let Some(of_user) = users.get_mut(&self.uid) {
            of_user.forwarded = of_user
                .forwarded
                .saturating_sub(usize::from(self.topic.is_forwarded()));
            match self.outcome {
                Outcome::Agreed => of_user.refusals.forget(&self.topic),
                Outcome::Refused => of_user.refusals.add(self.topic, self.begun, now),
                Outcome::NotAsked => {}
            }
        }
        users.retain(|_, of_user| of_user.forwarded > 0 || of_user.refusals.are_remembered(now));
    }
}

/// Whole seconds, after which the time is over.
fn in_seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests;
