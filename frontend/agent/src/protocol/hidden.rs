//! The TPM's keys that `ssh-add -d` took out of this agent. They stay in the TPM, and come back
//! with a restart of the agent.

use std::cell::RefCell;
use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use super::key_blob;
use crate::behind::listed::MAX_IDENTITIES;

/// The keys and certificates that are neither shown nor used: as many as a list has at most. Of
/// each it remembers 8 bytes, hashed with a secret of this process.
#[derive(Debug, Default)]
pub(crate) struct Hidden {
    state: RandomState,
    hashes: RefCell<HashSet<u64>>,
}

impl Hidden {
    /// Hides a key or certificate. Returns `false` if it is hidden already, or too many are.
    pub(super) fn add(&self, blob: &[u8]) -> bool {
        let mut hashes = self.hashes.borrow_mut();
        hashes.len() < MAX_IDENTITIES && hashes.insert(self.state.hash_one(blob))
    }

    /// Whether the key or certificate is hidden. A hidden key hides its certificates:
    /// anybody can write one, and to use it is to use the key.
    pub(super) fn has(&self, blob: &[u8]) -> bool {
        let hashes = self.hashes.borrow();
        let has = |blob: &[u8]| hashes.contains(&self.state.hash_one(blob));
        !hashes.is_empty() && (has(blob) || key_blob::plain(blob).is_some_and(|key| has(&key)))
    }
}
