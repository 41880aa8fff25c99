//! What is known about the TPM: whether it can be used, what it is, and how near it is to lockout.
//!
//! Specs: TPM 2.0 Part 2, TPM_PT (properties) and TPMA_PERMANENT.

use super::algorithm::Algorithm;
use super::key::ParentName;

/// Whether the TPM can be used, and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TpmStatus {
    pub state: TpmState,
    /// What stands in the way and what to do about it; empty when ready.
    pub reason: String,
    /// What it said about itself when it last answered.
    pub facts: Option<TpmFacts>,
}

/// See `sshtpm_dbus::TpmState`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TpmState {
    Starting,
    Ready,
    Absent,
    Hung,
    Unprovisioned,
    Failed,
}

/// What a TPM says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TpmFacts {
    /// TPM_PT_MANUFACTURER as text, up to 4 characters.
    pub manufacturer: String,
    /// TPM_PT_FIRMWARE_VERSION_1 and _2 as four numbers with dots.
    pub firmware: String,
    pub algorithms: Vec<Algorithm>,
    pub parent: ParentName,
}

/// See `sshtpm_dbus::Lockout`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lockout {
    /// TPM_PT_LOCKOUT_COUNTER
    pub counter: u32,
    /// TPM_PT_MAX_AUTH_FAIL
    pub max_tries: u32,
    /// TPM_PT_LOCKOUT_INTERVAL, in seconds
    pub recovery: u32,
    /// TPM_PT_LOCKOUT_RECOVERY, in seconds
    pub lockout_recovery: u32,
    /// TPMA_PERMANENT, inLockout
    pub in_lockout: bool,
}
