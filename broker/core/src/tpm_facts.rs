//! What is known about the TPM: whether it can be used, what it is, and how near it is to lockout.
//!
//! Specs: TPM 2.0 Part 2, TPM_PT (properties) and TPMA_PERMANENT.

use super::algorithm::Algorithm;
use super::key::ParentName;

/// Whether the TPM can be used, and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TpmStatus {
    /// Whether it can be used.
    pub state: TpmState,
    /// Why it cannot be used, and what to do; empty when it can.
    pub reason: String,
    /// What it said about itself when it last answered, if it did.
    pub facts: Option<TpmFacts>,
}

/// Whether the TPM can be used, and why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TpmState {
    /// The broker is looking for it.
    Starting,
    /// It can be used.
    Ready,
    /// There is no device, or it cannot be opened.
    Absent,
    /// It does not answer a command in time.
    Hung,
    /// It has no parent key, and the broker may not make one.
    Unprovisioned,
    /// It answers with errors.
    Failed,
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
    /// The Name of the parent key.
    pub parent: ParentName,
}

/// The TPM's dictionary-attack protection (TPM 2.0 Part 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lockout {
    /// Failed tries that it has not forgotten (TPM_PT_LOCKOUT_COUNTER).
    pub counter: u32,
    /// Failed tries that put it into lockout (TPM_PT_MAX_AUTH_FAIL).
    pub max_tries: u32,
    /// Seconds after which it forgets one; 0: never (TPM_PT_LOCKOUT_INTERVAL).
    pub recovery: u32,
    /// Seconds until a wrong lockout password can be followed by another (TPM_PT_LOCKOUT_RECOVERY).
    pub lockout_recovery: u32,
    /// Whether it is in lockout (TPMA_PERMANENT, inLockout).
    pub in_lockout: bool,
}
