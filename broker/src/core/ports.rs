//! What the core needs from outside. Each trait has one adapter, in the room of its name.

use std::future::Future;
use std::sync::Arc;

use super::algorithm::Algorithm;
use super::error::{StoreError, TpmError};
use super::fingerprint::Fingerprint;
use super::identity::{Caller, Owner, Uid};
use super::key::{KeyRecord, ParentName, TpmKey};
use super::policy::{Action, Decision, Details, Permit};
use super::quota::Claim;
use super::service::{Delete, Generate, GetLockout, SetComment, Sign};
use super::signature::RawSignature;

/// Who says what is allowed (polkit).
pub(crate) trait Authority: Send + Sync + 'static {
    /// Asks, waiting for a person where the caller allows that. Whatever goes wrong is a refusal.
    fn check(
        &self,
        caller: &Caller,
        action: Action,
        details: &Details,
    ) -> impl Future<Output = Decision> + Send;
}

/// The chip.
pub(crate) trait Tpm: Send + Sync + 'static {
    /// What is known about it now, without asking it.
    fn status(&self) -> TpmStatus;

    /// What it says about itself, after a look at it on behalf of `uid`: for when nothing is known.
    /// It need not be asked who may, as nothing is done with it, and looks are few.
    fn look(&self, uid: Uid) -> impl Future<Output = Result<TpmFacts, TpmError>> + Send;

    /// Has it make a key under the parent.
    fn create(
        &self,
        permit: Permit<Generate>,
    ) -> impl Future<Output = Result<TpmKey, TpmError>> + Send;

    /// Has it sign. The signature is not checked yet.
    fn sign(
        &self,
        permit: Permit<Sign>,
    ) -> impl Future<Output = Result<RawSignature, TpmError>> + Send;

    /// Asks it how near it is to lockout.
    fn lockout(
        &self,
        permit: Permit<GetLockout>,
    ) -> impl Future<Output = Result<Lockout, TpmError>> + Send;
}

/// Where keys are kept. Reading is from memory; what returns from a change is on the disk.
pub(crate) trait KeyStore: Send + Sync + 'static {
    /// All keys of `owner`, the oldest first.
    fn list(&self, owner: &Owner) -> Vec<Arc<KeyRecord>>;

    fn find(&self, owner: &Owner, fingerprint: Fingerprint) -> Option<Arc<KeyRecord>>;

    /// Keeps a new key. `place` is the owner's claim to it, held until the key is in the list, also
    /// if the caller leaves meanwhile.
    fn add(
        &self,
        record: KeyRecord,
        place: Claim,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    fn set_comment(
        &self,
        permit: Permit<SetComment>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    fn delete(&self, permit: Permit<Delete>)
    -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// What time it is.
pub(crate) trait Clock: Send + Sync + 'static {
    /// Seconds since 1970-01-01 UTC.
    fn now(&self) -> u64;
}

/// Whether the TPM can be used, and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TpmStatus {
    pub(crate) state: TpmState,
    /// What stands in the way and what to do about it; empty when ready.
    pub(crate) reason: String,
    /// What it said about itself when it last answered.
    pub(crate) facts: Option<TpmFacts>,
}

/// See `sshtpm_dbus::TpmState`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TpmState {
    Starting,
    Ready,
    Absent,
    Hung,
    Unprovisioned,
    Failed,
}

/// What a TPM says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TpmFacts {
    /// TPM_PT_MANUFACTURER as text, up to 4 characters.
    pub(crate) manufacturer: String,
    /// TPM_PT_FIRMWARE_VERSION_1 and _2 as four numbers with dots.
    pub(crate) firmware: String,
    pub(crate) algorithms: Vec<Algorithm>,
    pub(crate) parent: ParentName,
}

/// See `sshtpm_dbus::Lockout`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lockout {
    /// TPM_PT_LOCKOUT_COUNTER
    pub(crate) counter: u32,
    /// TPM_PT_MAX_AUTH_FAIL
    pub(crate) max_tries: u32,
    /// TPM_PT_LOCKOUT_INTERVAL, in seconds
    pub(crate) recovery: u32,
    /// TPM_PT_LOCKOUT_RECOVERY, in seconds
    pub(crate) lockout_recovery: u32,
    /// TPMA_PERMANENT, inLockout
    pub(crate) in_lockout: bool,
}
