//! The key store, and why it may fail.

use std::future::Future;
use std::sync::Arc;

use thiserror::Error;

use crate::attestation::AttestationKey;
use crate::by_use::{Chosen, KeptByUse};
use crate::certificates::TooManyCertificates;
use crate::identity::{Owner, Uid};
use crate::key::{KeyBlob, KeyRecord};
use crate::persistent::Persistent;
use crate::policy::Permit;
use crate::quota::Claim;
use crate::requests::{
    AddCertificate, ArchiveLost, Attest, Delete, DeleteOrphans, RemoveCertificate, Restrict,
    SetComment, SetPersistent, SetPin,
};
use sshtpm_ssh::error_kind::ErrorKind;
use sshtpm_ssh::fingerprint::Fingerprint;

/// The key store. It reads the keys of an owner once, and then answers from memory. A change is on
/// the disk when it returns.
pub trait KeyStore: Send + Sync + 'static {
    /// All keys of `owner`, the oldest first.
    fn list(&self, owner: &Owner) -> impl Future<Output = Vec<Arc<KeyRecord>>> + Send;

    /// The key of `owner` that has this name.
    fn find(
        &self,
        owner: &Owner,
        fingerprint: Fingerprint,
    ) -> impl Future<Output = Option<Arc<KeyRecord>>> + Send;

    /// How many keys `owner` has. Before they are read it is the largest number, so that no key can
    /// be added.
    fn count(&self, owner: &Owner) -> usize;

    /// Whether anybody but `owner` has a key of this name.
    ///
    /// # Errors
    ///
    /// The keys of a user cannot be read.
    fn another_has(
        &self,
        owner: &Owner,
        fingerprint: Fingerprint,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Stores a new key. `place` is the owner's claim to it. It is held until the key is in the
    /// list, even if the caller leaves before.
    ///
    /// # Errors
    ///
    /// The disk is full or fails.
    fn add(
        &self,
        record: KeyRecord,
        place: Claim,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Stores an imported key in the place of `former`, the record of the same key that is lost or
    /// bound to PCRs, if that is still its record.
    ///
    /// # Errors
    ///
    /// The former key is gone or was changed, or the disk is full or fails.
    fn take_place(
        &self,
        record: KeyRecord,
        former: Arc<KeyRecord>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Renames a key.
    ///
    /// # Errors
    ///
    /// The key is gone, or the disk fails.
    fn set_comment(
        &self,
        permit: Permit<SetComment>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Changes the restrictions of a key, if they are still those that the request names. Gives the
    /// key as it is then.
    ///
    /// # Errors
    ///
    /// The key is gone or was changed, its record would be too long, or the disk fails.
    fn restrict(
        &self,
        permit: Permit<Restrict>,
    ) -> impl Future<Output = Result<Arc<KeyRecord>, StoreError>> + Send;

    /// Keeps a certificate with its key. Gives the key as it is then.
    ///
    /// # Errors
    ///
    /// The key is gone, the key or its owner has too many certificates, the record of the key would
    /// be too long, or the disk fails.
    fn add_certificate(
        &self,
        permit: Permit<AddCertificate>,
    ) -> impl Future<Output = Result<Arc<KeyRecord>, StoreError>> + Send;

    /// Forgets a certificate. Gives the key as it is then.
    ///
    /// # Errors
    ///
    /// The key is gone or has no such certificate, or the disk fails.
    fn remove_certificate(
        &self,
        permit: Permit<RemoveCertificate>,
    ) -> impl Future<Output = Result<Arc<KeyRecord>, StoreError>> + Send;

    /// Stores the new blob of a key, if the key still has the blob that it was made from.
    ///
    /// # Errors
    ///
    /// The key is gone or was changed, or the disk fails.
    fn set_pin(
        &self,
        permit: Permit<SetPin>,
        blob: KeyBlob,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The keys of all owners that the TPM keeps, by their records.
    ///
    /// # Errors
    ///
    /// The keys of a user cannot be read.
    fn promoted(&self) -> impl Future<Output = Result<Vec<Arc<KeyRecord>>, StoreError>> + Send;

    /// Stores where the TPM keeps a key, or that it no longer does, if the record is still
    /// `before`.
    ///
    /// # Errors
    ///
    /// The key is gone or was changed, or the disk fails.
    fn set_persistent(
        &self,
        permit: &Permit<SetPersistent>,
        before: &Arc<KeyRecord>,
        after: Option<Arc<Persistent>>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Stores where the TPM keeps a key that the broker chose, if its record is as it was then.
    ///
    /// # Errors
    ///
    /// The key is gone or was changed, or the disk fails.
    fn set_kept(
        &self,
        chosen: &Chosen,
        after: Arc<Persistent>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Stores that the TPM no longer keeps a key that the broker chose, if the record says so.
    ///
    /// # Errors
    ///
    /// The key is gone or was changed, or the disk fails.
    fn set_given_back(
        &self,
        kept: &KeptByUse,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Deletes a key, and returns its last record.
    ///
    /// # Errors
    ///
    /// The key is gone, or the disk fails.
    fn delete(
        &self,
        permit: &Permit<Delete>,
    ) -> impl Future<Output = Result<Arc<KeyRecord>, StoreError>> + Send;

    /// Moves the record of a lost key out of the way, if it is still that of the key. Of a user's
    /// archived records the earliest go when there are too many.
    ///
    /// # Errors
    ///
    /// The key is gone or was changed, or the disk fails.
    fn archive(
        &self,
        permit: &Permit<ArchiveLost>,
        lost: &Arc<KeyRecord>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// All owners of keys, in no order.
    ///
    /// # Errors
    ///
    /// The keys of a user cannot be read.
    fn owners(&self) -> impl Future<Output = Result<Vec<Owner>, StoreError>> + Send;

    /// Deletes a key of a user who is gone, and returns its last record.
    ///
    /// # Errors
    ///
    /// The key is gone, or the disk fails.
    fn delete_orphan(
        &self,
        permit: &Permit<DeleteOrphans>,
        key: Fingerprint,
    ) -> impl Future<Output = Result<Arc<KeyRecord>, StoreError>> + Send;

    /// The uids of which records are archived, in no order.
    ///
    /// # Errors
    ///
    /// The disk fails.
    fn archived_uids(&self) -> impl Future<Output = Result<Vec<Uid>, StoreError>> + Send;

    /// What is archived of `uid`, whatever name the user had; in no order.
    ///
    /// # Errors
    ///
    /// The disk fails.
    fn archived(
        &self,
        uid: Uid,
    ) -> impl Future<Output = Result<Vec<Arc<KeyRecord>>, StoreError>> + Send;

    /// The key that attests the keys of `owner`, if there is one.
    ///
    /// # Errors
    ///
    /// The disk fails.
    fn attestation_key(
        &self,
        owner: &Owner,
    ) -> impl Future<Output = Result<Option<Arc<AttestationKey>>, StoreError>> + Send;

    /// Keeps `new` as the key that attests the caller's keys, in the place of `lost`. Gives the one
    /// that is kept then: if another one took that place before, that one.
    ///
    /// # Errors
    ///
    /// The disk is full or fails.
    fn keep_attestation_key(
        &self,
        permit: &Permit<Attest>,
        lost: Option<Arc<AttestationKey>>,
        new: AttestationKey,
    ) -> impl Future<Output = Result<Arc<AttestationKey>, StoreError>> + Send;

    /// Deletes the attestation key of a user who is gone, if there is one.
    ///
    /// # Errors
    ///
    /// The disk fails.
    fn forget_attestation_key(
        &self,
        permit: &Permit<DeleteOrphans>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Deletes what is archived of a user who is gone: the one key that is meant, or all.
    ///
    /// # Errors
    ///
    /// The disk fails.
    fn delete_archived(
        &self,
        permit: &Permit<DeleteOrphans>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// The store failed, or refused a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum StoreError {
    /// The disk has no room.
    #[error("the key store is full; nothing was changed")]
    Full,
    /// A record could not be written.
    #[error("the key store cannot be written; nothing was changed; see the broker's journal")]
    NotWritable,
    /// What has to be counted first could not be written.
    #[error(
        "nothing was done, because it has to be counted first, and the disk is full or cannot be \
         written; see the broker's journal"
    )]
    NotCounted,
    /// The keys of a user could not be read.
    #[error("the keys of a user cannot be read; nothing was changed; see the broker's journal")]
    KeysUnreadable,
    /// The record of the key would be longer than a record may be.
    #[error(
        "the key's record would be too long; nothing was changed; name fewer destinations or fewer \
         host keys, or remove certificates"
    )]
    TooLong,
    /// There is no room for a further certificate.
    #[error(transparent)]
    TooManyCertificates(#[from] TooManyCertificates),
    /// The key has no such certificate.
    #[error("the key has no such certificate; `sshtpm cert list` shows those that it has")]
    NoSuchCertificate,
    /// The record of use could not be read.
    #[error("the record of use cannot be read; see the broker's journal")]
    RecordUnreadable,
    /// Another request changed it between the question and the answer.
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
            Self::ChangedByAnother | Self::TooLong | Self::NoSuchCertificate => {
                ErrorKind::InvalidArgs
            }
            Self::TooManyCertificates(_) => ErrorKind::LimitsExceeded,
            Self::Full
            | Self::NotWritable
            | Self::NotCounted
            | Self::KeysUnreadable
            | Self::RecordUnreadable => ErrorKind::StorageUnavailable,
        }
    }
}
