//! Who is next at the TPM: one queue for each user, served in turn, so that a user who asks for
//! much waits behind oneself and not before others.

use std::collections::{HashMap, VecDeque};

use super::error::LimitError;
use super::identity::Uid;

/// Items waiting, in order within a user, and in turn between users.
#[derive(Debug)]
pub(crate) struct FairQueue<T> {
    waiting: HashMap<Uid, VecDeque<T>>,
    /// Each user with something waiting, once; the front is served next.
    turns: VecDeque<Uid>,
    length: usize,
    bounds: QueueBounds,
}

/// How much can wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct QueueBounds {
    pub(crate) per_user: usize,
    pub(crate) in_all: usize,
}

impl<T> FairQueue<T> {
    pub(crate) fn new(bounds: QueueBounds) -> Self {
        Self {
            waiting: HashMap::new(),
            turns: VecDeque::new(),
            length: 0,
            bounds,
        }
    }

    /// Changes how much of one user can wait from now on. What waits already stays.
    pub(crate) fn set_per_user(&mut self, per_user: usize) {
        self.bounds.per_user = per_user;
    }

    /// # Errors
    ///
    /// As much is waiting as may; the item is dropped.
    pub(crate) fn push(&mut self, uid: Uid, item: T) -> Result<(), LimitError> {
        if self.length >= self.bounds.in_all {
            return Err(LimitError::Queue(self.bounds.in_all));
        }
        let own = self.waiting.entry(uid).or_default();
        if own.len() >= self.bounds.per_user {
            return Err(LimitError::Requests(self.bounds.per_user));
        }
        if own.is_empty() {
            self.turns.push_back(uid);
        }
        own.push_back(item);
        self.length += 1;
        Ok(())
    }

    /// The next item; its user goes to the end of the line.
    pub(crate) fn pop(&mut self) -> Option<T> {
        let uid = self.turns.pop_front()?;
        let own = self.waiting.get_mut(&uid)?;
        let item = own.pop_front()?;
        self.length -= 1;
        if own.is_empty() {
            self.waiting.remove(&uid);
        } else {
            self.turns.push_back(uid);
        }
        Some(item)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALICE: Uid = Uid(1000);
    const BOB: Uid = Uid(1001);

    fn queue(per_user: usize, in_all: usize) -> FairQueue<&'static str> {
        FairQueue::new(QueueBounds { per_user, in_all })
    }

    fn drain(queue: &mut FairQueue<&'static str>) -> Vec<&'static str> {
        std::iter::from_fn(|| queue.pop()).collect()
    }

    #[test]
    fn users_are_served_in_turn() {
        let mut queue = queue(8, 8);
        for (uid, item) in [
            (ALICE, "a1"),
            (ALICE, "a2"),
            (ALICE, "a3"),
            (BOB, "b1"),
            (BOB, "b2"),
        ] {
            queue.push(uid, item).expect("room");
        }
        assert_eq!(drain(&mut queue), ["a1", "b1", "a2", "b2", "a3"]);
    }

    #[test]
    fn a_user_at_the_limit_does_not_keep_others_out() {
        let mut queue = queue(1, 8);
        queue.push(ALICE, "a1").expect("room");
        assert_eq!(queue.push(ALICE, "a2"), Err(LimitError::Requests(1)));
        queue.push(BOB, "b1").expect("room");
        assert_eq!(drain(&mut queue), ["a1", "b1"]);
    }

    #[test]
    fn a_limit_can_be_changed_and_nothing_that_waits_is_lost() {
        let mut queue = queue(2, 8);
        queue.push(ALICE, "a1").expect("room");
        queue.push(ALICE, "a2").expect("room");
        queue.set_per_user(1);
        assert_eq!(queue.push(ALICE, "a3"), Err(LimitError::Requests(1)));
        queue.set_per_user(3);
        queue.push(ALICE, "a3").expect("room");
        assert_eq!(drain(&mut queue), ["a1", "a2", "a3"]);
    }

    #[test]
    fn the_queue_as_a_whole_is_bounded() {
        let mut queue = queue(8, 1);
        queue.push(ALICE, "a1").expect("room");
        assert_eq!(queue.push(BOB, "b1"), Err(LimitError::Queue(1)));
        assert_eq!(drain(&mut queue), ["a1"]);
        queue.push(BOB, "b1").expect("room again");
    }
}
