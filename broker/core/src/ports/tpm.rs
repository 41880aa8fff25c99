//! The chip, and why it does not do what it is asked.

use std::future::Future;
use std::sync::Arc;

use thiserror::Error;

use crate::error_kind::ErrorKind;
use crate::identity::Owner;
use crate::key::{KeyBlob, KeyRecord, TpmKey};
use crate::persistent::Persistent;
use crate::pins::{Attempt, Pin};
use crate::policy::Permit;
use crate::queue::QueueState;
use crate::quota::LimitError;
use crate::requests::{
    Evicts, Generate, GetLockout, GetQueue, PinChange, ResetLockout, SetPersistent, SetPin, Sign,
    Unlock,
};
use crate::signature::{BadSignature, RawSignature};
use crate::tpm_facts::{Lockout, TpmFacts, TpmStatus};

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

/// The administrator, or time, can help the TPM.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TpmError {
    /// It is absent, or does not answer; the text says which.
    #[error("{0}")]
    Unavailable(String),
    /// There is no parent key, and the broker may not make one; the text says what to do.
    #[error("{0}")]
    ParentUnavailable(String),
    /// The parent of the key is not in the TPM.
    #[error("this key is lost: the TPM was cleared or replaced; generate a new key")]
    KeyLost,
    /// The core knows better what to say, as it knows whose PIN it was.
    #[error("the PIN is wrong")]
    WrongPin,
    /// The TPM refuses authorizations that are protected against guessing.
    #[error(
        "the TPM is in dictionary-attack lockout, and refuses everything that is protected \
         against guessing; have an administrator look at `sshtpm tpm lockout`"
    )]
    InLockout,
    /// Not for one more key that it keeps itself; the text says what to do.
    #[error("{0}")]
    NoRoom(&'static str),
    /// The owner hierarchy has a password, which the broker does not know.
    #[error(
        "the TPM's owner hierarchy has a password, so sshtpm-broker can neither put a key into \
         the TPM nor remove one; as the TPM's owner, remove the password with `tpm2_changeauth -c \
         owner -p PASSWORD`, try again, and set it again with `tpm2_changeauth -c owner`"
    )]
    OwnerHasPassword,
    /// The TPM answered with another error.
    #[error("the TPM answered with an error; see the broker's journal")]
    Failed,
    /// What the TPM returned does not verify.
    #[error("the TPM returned a signature that does not verify; it was not released")]
    BadSignature,
    /// Nobody is left to read this.
    #[error("the caller is gone")]
    CallerGone,
    /// The request found no place in the queue.
    #[error(transparent)]
    Limit(#[from] LimitError),
}

impl TpmError {
    /// What the caller can do about it.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Unavailable(_) => ErrorKind::TpmUnavailable,
            Self::ParentUnavailable(_) => ErrorKind::ParentKeyUnavailable,
            Self::KeyLost => ErrorKind::KeyLost,
            Self::WrongPin => ErrorKind::WrongPin,
            Self::InLockout => ErrorKind::PinTriesExceeded,
            Self::NoRoom(_) => ErrorKind::LimitsExceeded,
            Self::OwnerHasPassword => ErrorKind::TpmOwnerPassword,
            Self::Failed | Self::BadSignature => ErrorKind::TpmFailed,
            Self::CallerGone => ErrorKind::CallerGone,
            Self::Limit(error) => error.kind(),
        }
    }

    /// Whether the TPM was not even asked.
    pub(crate) fn is_before_any_work(&self) -> bool {
        matches!(
            self,
            Self::Unavailable(_) | Self::ParentUnavailable(_) | Self::Limit(_) | Self::CallerGone
        )
    }
}
