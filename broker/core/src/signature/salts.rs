//! Which TPM makes salts of RSASSA-PSS as long as it can.
//!
//! Older TPMs do, and others make them as long as the digest; no property tells which. The first
//! signature does, and the answer is kept for as long as the broker runs.
//!
//! Specs: TPM 2.0 Part 1, B.7 (RSASSA_PSS).

use std::sync::{PoisonError, RwLock};

use crate::key::ParentName;

/// The TPM that is known for it, by its parent key: a machine has one TPM at a time.
#[derive(Debug, Default)]
pub(crate) struct Salts(RwLock<Option<ParentName>>);

impl Salts {
    /// Whether the TPM with this parent key was seen to make the longest salts.
    pub(crate) fn are_longest(&self, parent: &ParentName) -> bool {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.as_ref() == Some(parent)
    }

    /// The TPM with this parent key made one.
    pub(crate) fn were_longest(&self, parent: &ParentName) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        *known = Some(parent.clone());
    }
}
