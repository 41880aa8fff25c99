//! A key among those that the TPM keeps by use, or could keep.

use std::time::Duration;

use crate::pins::KeyId;

/// A key that the TPM keeps because it was used much.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Kept {
    /// The key.
    pub(crate) key: KeyId,
    /// How many of its uses count now.
    pub(crate) uses: f64,
    /// Since when it is there, or the broker runs; in the time since boot.
    pub(crate) since: Duration,
    /// When it was last used, in seconds since 1970-01-01 UTC, if that is known.
    pub(crate) last_use: Option<u64>,
    /// Whether it is no longer there: the TPM was cleared, or another program took it out.
    pub(crate) is_lost: bool,
}

/// A key that the TPM could keep.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Candidate {
    /// The key.
    pub(crate) key: KeyId,
    /// How many of its uses count now.
    pub(crate) uses: f64,
}
