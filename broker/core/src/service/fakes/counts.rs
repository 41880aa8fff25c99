//! A disk that keeps what is counted, truthfully, unless a test has it full.

use std::collections::HashMap;

use super::{Fakes, locked};
use crate::by_use::Changes;
use crate::counts::{Counts, Kept};
use crate::identity::Uid;
use crate::ports::{CountRecord, StoreError};

impl Fakes {
    /// Empties the disk for counts, or fills it.
    pub(in crate::service) fn set_disk(&self, has_room: bool) {
        *locked(&self.kept) = has_room.then(HashMap::new);
    }

    /// How often within a day the broker changed by itself what the TPM keeps, as the disk has it.
    pub(in crate::service) fn changes(&self) -> Changes {
        locked(&self.changes).clone()
    }

    /// What a broker that starts now finds.
    pub(in crate::service) fn kept(&self) -> Vec<(Uid, Kept)> {
        let kept = locked(&self.kept);
        let all = kept
            .iter()
            .flatten()
            .map(|(uid, (counts, written))| (*uid, Kept::Counts(counts.clone(), *written)));
        all.collect()
    }
}

impl CountRecord for Fakes {
    async fn keep(
        &self,
        uid: Uid,
        counts: impl FnOnce() -> Counts + Send,
    ) -> Result<Counts, StoreError> {
        let (counts, now) = (counts(), *locked(&self.passed));
        let mut kept = locked(&self.kept);
        let kept = kept.as_mut().ok_or(StoreError::Full)?;
        match counts.is_empty() {
            true => kept.remove(&uid),
            false => kept.insert(uid, (counts.clone(), now)),
        };
        Ok(counts)
    }

    async fn keep_changes(&self, changes: Changes) -> Result<(), StoreError> {
        if locked(&self.kept).is_none() {
            return Err(StoreError::Full);
        }
        *locked(&self.changes) = changes;
        Ok(())
    }
}
