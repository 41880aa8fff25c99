//! The TPM's keys that `ssh-add -d` took out of this agent. They stay in the TPM, and come back
//! with a restart of the agent.

use std::cell::RefCell;
use std::collections::HashSet;

use crate::behind::listed::MAX_IDENTITIES;

/// The keys and certificates that are not shown: as many as a list has at most.
#[derive(Debug, Default)]
pub(crate) struct Hidden(RefCell<HashSet<Vec<u8>>>);

impl Hidden {
    /// Hides a key or certificate. Returns `false` if it is hidden already, or too many are.
    pub(super) fn add(&self, blob: &[u8]) -> bool {
        let mut hidden = self.0.borrow_mut();
        hidden.len() < MAX_IDENTITIES && hidden.insert(blob.to_vec())
    }

    /// Whether the key or certificate is hidden.
    pub(super) fn has(&self, blob: &[u8]) -> bool {
        self.0.borrow().contains(blob)
    }
}
