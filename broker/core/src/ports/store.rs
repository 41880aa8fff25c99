//! Where keys are kept, and why one is not.

use std::future::Future;
use std::sync::Arc;

use thiserror::Error;

use crate::error_kind::ErrorKind;
use crate::fingerprint::Fingerprint;
use crate::identity::Owner;
use crate::key::{KeyBlob, KeyRecord};
use crate::persistent::Persistent;
use crate::policy::Permit;
use crate::quota::Claim;
use crate::requests::{Delete, Restrict, SetComment, SetPersistent, SetPin};

/// Where keys are kept. An owner's are read once, all of them, and are answered from memory then; what
/// returns from a change is on the disk.
pub trait KeyStore: Send + Sync + 'static {
    /// All keys of `owner`, the oldest first.
    fn list(&self, owner: &Owner) -> impl Future<Output = Vec<Arc<KeyRecord>>> + Send;

    /// The key of `owner` that has this name.
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

    /// Renames a key.
    fn set_comment(
        &self,
        permit: Permit<SetComment>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Changes the restrictions of a key, if they are still those that the request names; gives the
    /// key as it is then.
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

/// The administrator can help the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum StoreError {
    /// The disk has no room.
    #[error("the key store is full; nothing was changed")]
    Full,
    /// A record could not be written.
    #[error("the key store cannot be written; nothing was changed; see the broker's journal")]
    NotWritable,
    /// The keys of a user could not be read.
    #[error("the keys of a user cannot be read; nothing was changed; see the broker's journal")]
    KeysUnreadable,
    /// The record of the key would be longer than a record may be.
    #[error(
        "the key's record would be too long; nothing was changed; name fewer destinations, or \
         fewer host keys"
    )]
    TooLong,
    /// The record of use could not be read.
    #[error("the record of use cannot be read; see the broker's journal")]
    RecordUnreadable,
    /// Somebody else changed it between the question and the answer.
    #[error("another request changed the key while this one waited; look at the key and try again")]
    ChangedByAnother,
    /// It went away between the question and the answer.
    #[error("no such key; `sshtpm list` shows your keys")]
    NoSuchKey,
}

impl StoreError {
    /// What the caller can do about it.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NoSuchKey => ErrorKind::NoSuchKey,
            Self::ChangedByAnother | Self::TooLong => ErrorKind::InvalidArgs,
            Self::Full | Self::NotWritable | Self::KeysUnreadable | Self::RecordUnreadable => {
                ErrorKind::StorageUnavailable
            }
        }
    }
}
