//! What of all that is counted is on the disk.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Counts;
use crate::identity::Uid;

/// What the disk has of each user; nothing of those of whom nothing is counted.
#[derive(Debug, Default)]
pub(crate) struct OnDisk(Mutex<HashMap<Uid, Counts>>);

impl OnDisk {
    /// Whether the disk has `counts` of `uid`.
    pub(crate) fn has(&self, uid: Uid, counts: &Counts) -> bool {
        match self.lock().get(&uid) {
            Some(on_disk) => on_disk == counts,
            None => counts.is_empty(),
        }
    }

    /// The disk has `counts` of `uid` now.
    pub(crate) fn put(&self, uid: Uid, counts: Counts) {
        match counts.is_empty() {
            true => self.lock().remove(&uid),
            false => self.lock().insert(uid, counts),
        };
    }

    /// The users of whom it has any.
    pub(crate) fn users(&self) -> BTreeSet<Uid> {
        self.lock().keys().copied().collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Uid, Counts>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
