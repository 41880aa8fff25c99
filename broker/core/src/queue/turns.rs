//! Turns of the users.

use std::collections::{HashMap, VecDeque};

use crate::identity::Uid;

/// What each user has waiting, in order within a user, and in turn between users.
#[derive(Debug)]
pub(super) struct Turns<T> {
    waiting: HashMap<Uid, VecDeque<T>>,
    /// Each user with something waiting, once; the front is served next.
    line: VecDeque<Uid>,
    /// The user whose request is served now. This user joins the line again when the request is
    /// done, so that a user that comes before that is served earlier.
    served: Option<Uid>,
    length: usize,
}

impl<T> Turns<T> {
    pub(crate) fn new() -> Self {
        Self {
            waiting: HashMap::new(),
            line: VecDeque::new(),
            served: None,
            length: 0,
        }
    }

    pub(super) fn push(&mut self, uid: Uid, item: T) {
        let own = self.waiting.entry(uid).or_default();
        if own.is_empty() && self.served != Some(uid) {
            self.line.push_back(uid);
        }
        own.push_back(item);
        self.length += 1;
    }

    /// The next item.
    pub(super) fn pop(&mut self) -> Option<T> {
        if let Some(last) = self.served.take()
            && self.waiting.contains_key(&last)
        {
            self.line.push_back(last);
        }
        let uid = self.line.pop_front()?;
        let own = self.waiting.get_mut(&uid)?;
        let item = own.pop_front()?;
        if own.is_empty() {
            self.waiting.remove(&uid);
        }
        self.served = Some(uid);
        self.length -= 1;
        Some(item)
    }

    /// Drops all but those that are `wanted`.
    pub(super) fn retain(&mut self, wanted: impl Fn(&T) -> bool) {
        self.waiting.retain(|_, own| {
            own.retain(&wanted);
            !own.is_empty()
        });
        self.line.retain(|uid| self.waiting.contains_key(uid));
        self.length = self.waiting.values().map(VecDeque::len).sum();
    }

    pub(super) fn len(&self) -> usize {
        self.length
    }

    pub(super) fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// How many of them are of `uid`.
    pub(super) fn of(&self, uid: Uid) -> usize {
        self.waiting.get(&uid).map_or(0, VecDeque::len)
    }
}
