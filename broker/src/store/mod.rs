//! The store room: where key records are kept.
//!
//! Purpose: [`FileStore`], the store of [`crate::core::ports`]: one file for each key under
//! `keys/<uid>/<fingerprint in hexadecimal>.json`, read at start, served from memory, and changed
//! on the disk before it is changed in memory.
//!
//! May touch: files under the state directory, and the user database to name former owners in the
//! log. Must never decide who may do what, name D-Bus, polkit or a TPM library, or log what is in
//! a key. It is the only room that writes files.
//!
//! Specs: ASN.1 Specification for TPM 2.0 Key Files; TPM 2.0 Part 2 (TPM2B_PUBLIC, TPM2B_PRIVATE);
//! rename(2) and fsync(2) for what survives a crash.

mod damage;
mod directory;
mod index;
mod lock;
mod read;
mod record;
mod restrictions;
mod tpm2b;
mod tss2_key;
mod users;
mod uses;
mod write;

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod tests;

pub(crate) use directory::OpenError;
pub(crate) use lock::Lock;
pub(crate) use uses::UseStore;

use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use tokio::sync::Mutex;

use crate::core::error::StoreError;
use crate::core::fingerprint::Fingerprint;
use crate::core::identity::Owner;
use crate::core::key::{KeyBlob, KeyRecord, TpmKey};
use crate::core::policy::Permit;
use crate::core::ports::KeyStore;
use crate::core::quota::Claim;
use crate::core::service::{Delete, Restrict, SetComment, SetPin};
use index::Index;
use write::{SyncDirectory, Writer};

/// Keys in files, and all of them in memory.
#[derive(Debug)]
pub(crate) struct FileStore {
    index: Arc<RwLock<Index>>,
    /// Whoever holds it changes the store; one change at a time.
    writer: Arc<Mutex<Writer>>,
}

impl FileStore {
    /// Reads the store under `state_directory`, which is made if there is none. Blocks while it
    /// reads; what cannot be used is left out and logged.
    ///
    /// # Errors
    ///
    /// The directories cannot be made or read, or are not in our hands alone.
    pub(crate) fn open(state_directory: &Path) -> Result<Self, OpenError> {
        Self::open_with(state_directory, write::sync_directory)
    }

    fn open_with(state_directory: &Path, sync: SyncDirectory) -> Result<Self, OpenError> {
        let keys = directory::open(state_directory)?;
        let index = read::read_all(&keys)?;
        tracing::info!(keys = index.len(), "the key store was read");
        Ok(Self {
            index: Arc::new(RwLock::new(index)),
            writer: Arc::new(Mutex::new(Writer::new(keys, sync))),
        })
    }

    /// Names in the log those who own keys and whose uid is not theirs any more. It asks the user
    /// database once for each owner, which may take long; nothing depends on it.
    pub(crate) fn report_former_owners(&self) -> impl FnOnce() + Send + use<> {
        let owners = read(&self.index).owners();
        move || users::report_former_owners(owners, users::name_of)
    }

    /// Carries out `change` where blocking is allowed. Once begun it is carried to its end, whether
    /// or not somebody still waits for it.
    async fn change<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Writer, &RwLock<Index>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let writer = Arc::clone(&self.writer).lock_owned().await;
        let index = Arc::clone(&self.index);
        let done = tokio::task::spawn_blocking(move || change(&writer, &index)).await;
        done.unwrap_or_else(|error| {
            tracing::error!(%error, "a change of the key store did not come to its end");
            Err(StoreError::NotWritable)
        })
    }
}

impl KeyStore for FileStore {
    fn list(&self, owner: &Owner) -> Vec<Arc<KeyRecord>> {
        read(&self.index).list(owner)
    }

    fn find(&self, owner: &Owner, fingerprint: Fingerprint) -> Option<Arc<KeyRecord>> {
        read(&self.index).find(owner, fingerprint)
    }

    async fn add(&self, record: KeyRecord, place: Claim) -> Result<(), StoreError> {
        self.change(move |writer, index| {
            writer.add(&record)?;
            write(index).insert(record);
            drop(place);
            Ok(())
        })
        .await
    }

    async fn set_comment(&self, permit: Permit<SetComment>) -> Result<(), StoreError> {
        self.change(move |writer, index| {
            let SetComment {
                target,
                fingerprint,
                comment,
            } = permit.into_request();
            let old = existing(index, &target.owner, fingerprint)?;
            if old.comment == comment {
                return Ok(());
            }
            let new = KeyRecord {
                comment,
                ..KeyRecord::clone(&old)
            };
            writer.replace(&old, &new)?;
            write(index).insert(new);
            Ok(())
        })
        .await
    }

    async fn restrict(&self, permit: Permit<Restrict>) -> Result<Arc<KeyRecord>, StoreError> {
        self.change(move |writer, index| {
            let Restrict {
                target,
                fingerprint,
                before,
                after,
            } = permit.into_request();
            let old = existing(index, &target.owner, fingerprint)?;
            if old.restrictions == after {
                return Ok(old);
            }
            if old.restrictions != before {
                return Err(StoreError::ChangedMeanwhile);
            }
            let new = KeyRecord {
                restrictions: after,
                ..KeyRecord::clone(&old)
            };
            writer.replace(&old, &new)?;
            write(index).insert(new);
            existing(index, &target.owner, fingerprint)
        })
        .await
    }

    async fn set_pin(&self, permit: Permit<SetPin>, blob: KeyBlob) -> Result<(), StoreError> {
        self.change(move |writer, index| {
            let SetPin { record, after, .. } = permit.into_request();
            let old = existing(index, &record.owner, record.fingerprint())?;
            if old.key.blob != record.key.blob {
                return Err(StoreError::ChangedMeanwhile);
            }
            let new = KeyRecord {
                key: TpmKey {
                    blob,
                    protection: after,
                    ..old.key.clone()
                },
                ..KeyRecord::clone(&old)
            };
            writer.replace(&old, &new)?;
            write(index).insert(new);
            Ok(())
        })
        .await
    }

    async fn delete(&self, permit: Permit<Delete>) -> Result<(), StoreError> {
        self.change(move |writer, index| {
            let Delete {
                target,
                fingerprint,
            } = permit.into_request();
            let record = existing(index, &target.owner, fingerprint)?;
            writer.delete(&record)?;
            write(index).remove(&target.owner, fingerprint);
            Ok(())
        })
        .await
    }
}

fn existing(
    index: &RwLock<Index>,
    owner: &Owner,
    fingerprint: Fingerprint,
) -> Result<Arc<KeyRecord>, StoreError> {
    let found = read(index).find(owner, fingerprint);
    found.ok_or(StoreError::NoSuchKey)
}

// The index is whole between any two of its calls, so a panic elsewhere does not spoil it.

fn read(index: &RwLock<Index>) -> RwLockReadGuard<'_, Index> {
    index.read().unwrap_or_else(PoisonError::into_inner)
}

fn write(index: &RwLock<Index>) -> RwLockWriteGuard<'_, Index> {
    index.write().unwrap_or_else(PoisonError::into_inner)
}
