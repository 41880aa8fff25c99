//! What the core needs from outside. Each trait has one adapter, in the room of its name.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::error::{StoreError, TpmError};
use super::fingerprint::Fingerprint;
use super::identity::{Caller, Owner};
use super::key::{KeyBlob, KeyRecord, TpmKey};
use super::persistent::Persistent;
use super::pins::{Attempt, Pin};
use super::policy::{Action, Decision, Details, Permit};
use super::queue::QueueState;
use super::quota::Claim;
use super::requests::{
    Delete, Evicts, Generate, GetLockout, GetQueue, GetUses, PinChange, ResetLockout, Restrict,
    SetComment, SetPersistent, SetPin, Sign, Unlock,
};
use super::signature::{BadSignature, RawSignature};
use super::tpm_facts::{Lockout, TpmFacts, TpmStatus};
use super::uses::{Noted, Tally, Use};

/// Who says what is allowed (polkit).
pub trait Authority: Send + Sync + 'static {
    /// Asks, waiting for a person where the caller allows that. Whatever goes wrong is a refusal.
    fn check(
        &self,
        caller: &Caller,
        action: Action,
        details: &Details,
    ) -> impl Future<Output = Decision> + Send;
}

/// The chip.
pub trait Tpm: Send + Sync + 'static {
    /// What is known about it now, without asking it.
    fn status(&self) -> TpmStatus;

    /// What it says about itself, after a look at it on behalf of `user`: for when nothing is known.
    /// It need not be asked who may, as nothing is done with it, and looks are few.
    fn look(&self, user: &Owner) -> impl Future<Output = Result<TpmFacts, TpmError>> + Send;

    /// Has it make a key under the parent, with a PIN or without. If the caller has left, which is when `left` ends, before
    /// that was begun, it is not begun; what was begun is carried to its end.
    fn create(
        &self,
        permit: Permit<Generate>,
        pin: Option<Arc<Pin>>,
        left: impl Future<Output = ()> + Send,
    ) -> impl Future<Output = Result<TpmKey, TpmError>> + Send;

    /// Says that a key will perhaps be used at once, so that the chip can have it when that is known.
    /// It neither waits nor fails, and does nothing where anybody waits for the chip.
    fn prepare(&self, record: &Arc<KeyRecord>);

    /// Has it sign, with the PIN of a key that has one. No signature leaves but what `release` made of
    /// it, after it looked whether it is one.
    fn sign<T: Send>(
        &self,
        permit: Permit<Sign>,
        pin: Option<Arc<Pin>>,
        release: impl Fn(&RawSignature) -> Result<T, BadSignature> + Send + Sync,
    ) -> impl Future<Output = Result<T, TpmError>> + Send;

    /// Has it check a PIN, if it has tries to spare for a user who may have `own` wrong ones there then.
    fn check_pin(
        &self,
        permit: Permit<Unlock>,
        pin: Arc<Pin>,
        own: usize,
    ) -> impl Future<Output = Result<Attempt<()>, TpmError>> + Send;

    /// Has it make a blob of the same key for another PIN, if it has tries to spare, as above. The
    /// store has to take it with the permit.
    fn change_pin(
        &self,
        permit: &Permit<SetPin>,
        change: PinChange,
        own: usize,
    ) -> impl Future<Output = Result<Attempt<KeyBlob>, TpmError>> + Send;

    /// Has it keep a key itself, at one of the handles that are ours. `promoted` are all keys that it keeps
    /// already; what else is there of ours may go if there is no room. `None`: the key is where its record
    /// says. If it fails, nothing is left behind.
    fn persist(
        &self,
        permit: &Permit<SetPersistent>,
        record: &Arc<KeyRecord>,
        promoted: Vec<Arc<KeyRecord>>,
    ) -> impl Future<Output = Result<Option<Persistent>, TpmError>> + Send;

    /// Has it keep a key no longer. What it has in that place that is not this key stays.
    fn evict<R: Evicts>(
        &self,
        permit: &Permit<R>,
        record: &Arc<KeyRecord>,
        persistent: &Arc<Persistent>,
    ) -> impl Future<Output = Result<(), TpmError>> + Send;

    /// Has it forget all failed tries.
    fn reset_lockout(
        &self,
        permit: Permit<ResetLockout>,
        password: Option<Arc<Pin>>,
    ) -> impl Future<Output = Result<(), TpmError>> + Send;

    /// What waits for it, and how much of that is of the caller.
    fn queue(&self, permit: Permit<GetQueue>) -> QueueState;

    /// Asks it how near it is to lockout.
    fn lockout(
        &self,
        permit: Permit<GetLockout>,
    ) -> impl Future<Output = Result<Lockout, TpmError>> + Send;
}

/// Where keys are kept. An owner's are read once, all of them, and are answered from memory then; what
/// returns from a change is on the disk.
pub trait KeyStore: Send + Sync + 'static {
    /// All keys of `owner`, the oldest first.
    fn list(&self, owner: &Owner) -> impl Future<Output = Vec<Arc<KeyRecord>>> + Send;

    fn find(
        &self,
        owner: &Owner,
        fingerprint: Fingerprint,
    ) -> impl Future<Output = Option<Arc<KeyRecord>>> + Send;

    /// How many keys `owner` has. Before they are read nobody knows, and it is as many as can be, so that
    /// there is no place for another one.
    fn count(&self, owner: &Owner) -> usize;

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

    fn restrict(
        &self,
        permit: Permit<Restrict>,
    ) -> impl Future<Output = Result<Arc<KeyRecord>, StoreError>> + Send;

    /// Keeps a key's new blob, if it still has the one from which that was made.
    fn set_pin(
        &self,
        permit: Permit<SetPin>,
        blob: KeyBlob,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// All keys, whoever owns them, of which the record says that the TPM keeps them.
    fn promoted(&self) -> impl Future<Output = Result<Vec<Arc<KeyRecord>>, StoreError>> + Send;

    /// Keeps where the TPM has a key, or that it has it no longer, if the record is still the one from which
    /// that was done.
    fn set_persistent(
        &self,
        permit: &Permit<SetPersistent>,
        before: &Arc<KeyRecord>,
        after: Option<Arc<Persistent>>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Deletes a key, and returns what was known of it last.
    fn delete(
        &self,
        permit: &Permit<Delete>,
    ) -> impl Future<Output = Result<Arc<KeyRecord>, StoreError>> + Send;
}

/// What is known of the use of keys.
pub trait UseRecord: Send + Sync + 'static {
    /// Takes note of a decision. It neither waits nor fails: nobody's signature depends on it.
    fn note(&self, used: Use);

    /// How often a key signed, from memory.
    fn tally(&self, owner: &Owner, key: Fingerprint) -> Tally;

    /// A key is gone, and its tally with it. What was noted of it stays until it is too old.
    fn forget(&self, owner: &Owner, key: Fingerprint);

    /// What was noted last, the oldest first.
    fn last(
        &self,
        permit: Permit<GetUses>,
    ) -> impl Future<Output = Result<Vec<Noted>, StoreError>> + Send;
}

/// What time it is.
pub trait Clock: Send + Sync + 'static {
    /// Seconds since 1970-01-01 UTC.
    fn now(&self) -> u64;

    /// How long the machine is up, times included in which it slept; nobody sets it.
    fn since_boot(&self) -> Duration;

    /// A time that nobody sets, to measure how long something is ago.
    fn monotonic(&self) -> Instant;
}
