//! How long the TPM may take.

use std::time::Duration;

/// How long the TPM may take before it counts as hung.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Timing {
    /// For everything but the generation of keys.
    pub(crate) command: Duration,
    /// For the generation of a key; RSA takes half a minute on slow chips.
    pub(crate) generation: Duration,
}
