//! What is known about the TPM: whether it can be used, what it is, and how near it is to lockout.
//!
//! Specs: TPM 2.0 Part 2, TPM_PT (properties) and TPMA_PERMANENT.

use std::sync::Arc;

use sshtpm_ssh::tpm::TpmState;

use super::key::ParentName;
use sshtpm_ssh::algorithm::Algorithm;

/// Whether the TPM can be used, and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TpmStatus {
    /// Whether it can be used.
    pub state: TpmState,
    /// Why it cannot be used, and what to do; empty when it can.
    pub reason: String,
    /// The Name of the parent key that was last found, if one was.
    pub parent: Option<ParentName>,
    /// What the TPM said about itself when it last answered, if it did. One that was just opened
    /// serves before it is asked.
    pub facts: Option<TpmFacts>,
}

/// What a TPM says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TpmFacts {
    /// TPM_PT_MANUFACTURER as text, up to 4 characters.
    pub manufacturer: String,
    /// TPM_PT_FIRMWARE_VERSION_1 and _2 as four numbers with dots.
    pub firmware: String,
    /// What keys it can generate.
    pub algorithms: Vec<Algorithm>,
    /// The public area of the parent key, a TPMT_PUBLIC, for wrapping keys to it.
    pub parent_public: Arc<[u8]>,
}
