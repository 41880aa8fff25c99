//! The store room: where key records are kept.
//!
//! Purpose: [`FileStore`], the store of [`sshtpm_core::ports`]: one file for each key under
//! `keys/<uid>/<fingerprint in hexadecimal>.json`, read once, served from memory, and changed on the
//! disk before it is changed in memory.
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
mod persistent;
mod read;
mod reader;
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

use index::Index;
use reader::{NotRead, Reader};
use sshtpm_core::error::StoreError;
use sshtpm_core::fingerprint::Fingerprint;
use sshtpm_core::identity::{Owner, Uid};
use sshtpm_core::key::{KeyBlob, KeyRecord, TpmKey};
use sshtpm_core::persistent::Persistent;
use sshtpm_core::policy::Permit;
use sshtpm_core::ports::KeyStore;
use sshtpm_core::quota::Claim;
use sshtpm_core::requests::{Delete, Restrict, SetComment, SetPersistent, SetPin};
use write::{SyncDirectory, Writer};

/// Keys in files, and in memory from when somebody asked for one of their owner's.
#[derive(Debug)]
pub(crate) struct FileStore {
    reader: Reader,
    /// Whoever holds it changes the store; one change at a time.
    writer: Arc<Mutex<Writer>>,
}

impl FileStore {
    /// Opens the store under `state_directory`, which is made if there is none. No key is read yet.
    ///
    /// # Errors
    ///
    /// The directories cannot be made or read, or are not in our hands alone.
    pub(crate) fn open(state_directory: &Path) -> Result<Self, OpenError> {
        Self::open_with(state_directory, write::sync_directory)
    }

    fn open_with(state_directory: &Path, sync: SyncDirectory) -> Result<Self, OpenError> {
        let keys = directory::open(state_directory)?;
        Ok(Self {
            reader: Reader::new(&keys)?,
            writer: Arc::new(Mutex::new(Writer::new(keys, sync))),
        })
    }

    /// Reads what nobody asked for yet, so that the log says what is wrong with it. Then it names
    /// those who own keys and whose uid is not theirs any more, for which it asks the user database
    /// once for each owner. All that may take long, and blocks; nothing depends on it.
    pub(crate) fn read_rest(&self) -> impl FnOnce() + Send + use<> {
        let reader = self.reader.clone();
        move || {
            // Who was left out is in the log, and read when somebody asks.
            drop(reader.read_rest());
            let owners = {
                let index = read_index(reader.index());
                tracing::info!(keys = index.len(), "the key store was read");
                index.owners()
            };
            users::report_former_owners(owners, users::name_of);
        }
    }

    /// Carries out `change` of the keys of `uid` where blocking is allowed, after they are read. Once
    /// begun it is carried to its end, whether or not somebody still waits for it.
    async fn change<T: Send + 'static>(
        &self,
        uid: Uid,
        change: impl FnOnce(&Writer, &RwLock<Index>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let read = self.reader.read(uid).await;
        read.map_err(|NotRead| StoreError::KeysUnreadable)?;
        let writer = Arc::clone(&self.writer).lock_owned().await;
        let index = Arc::clone(self.reader.index());
        let done = tokio::task::spawn_blocking(move || change(&writer, &index)).await;
        done.unwrap_or_else(|error| {
            tracing::error!(%error, "a change of the key store did not come to its end");
            Err(StoreError::NotWritable)
        })
    }
}

impl KeyStore for FileStore {
    async fn list(&self, owner: &Owner) -> Vec<Arc<KeyRecord>> {
        match self.reader.read(owner.uid()).await {
            Ok(()) => read_index(self.reader.index()).list(owner),
            Err(NotRead) => Vec::new(),
        }
    }

    async fn find(&self, owner: &Owner, fingerprint: Fingerprint) -> Option<Arc<KeyRecord>> {
        self.reader.read(owner.uid()).await.ok()?;
        read_index(self.reader.index()).find(owner, fingerprint)
    }

    fn count(&self, owner: &Owner) -> usize {
        let count = read_index(self.reader.index()).count(owner);
        count.unwrap_or(usize::MAX)
    }

    async fn add(&self, record: KeyRecord, place: Claim) -> Result<(), StoreError> {
        self.change(record.owner.uid(), move |writer, index| {
            writer.add(&record)?;
            write_index(index).insert(record);
            drop(place);
            Ok(())
        })
        .await
    }

    async fn set_comment(&self, permit: Permit<SetComment>) -> Result<(), StoreError> {
        self.change(permit.request().target.owner.uid(), move |writer, index| {
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
            write_index(index).insert(new);
            Ok(())
        })
        .await
    }

    async fn restrict(&self, permit: Permit<Restrict>) -> Result<Arc<KeyRecord>, StoreError> {
        self.change(permit.request().target.owner.uid(), move |writer, index| {
            let Restrict {
                target,
                fingerprint,
                before,
                after,
            } = permit.into_request();
            let old = existing(index, &target.owner, fingerprint)?;
            if *old.restrictions == after {
                return Ok(old);
            }
            if *old.restrictions != before {
                return Err(StoreError::ChangedByAnother);
            }
            let new = KeyRecord {
                restrictions: Arc::new(after),
                ..KeyRecord::clone(&old)
            };
            writer.replace(&old, &new)?;
            write_index(index).insert(new);
            existing(index, &target.owner, fingerprint)
        })
        .await
    }

    async fn set_pin(&self, permit: Permit<SetPin>, blob: KeyBlob) -> Result<(), StoreError> {
        self.change(permit.request().record.owner.uid(), move |writer, index| {
            let SetPin { record, after, .. } = permit.into_request();
            let old = existing(index, &record.owner, record.fingerprint())?;
            if old.key.blob != record.key.blob {
                return Err(StoreError::ChangedByAnother);
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
            write_index(index).insert(new);
            Ok(())
        })
        .await
    }

    async fn promoted(&self) -> Result<Vec<Arc<KeyRecord>>, StoreError> {
        let reader = self.reader.clone();
        let read = tokio::task::spawn_blocking(move || reader.read_rest()).await;
        let read = read.unwrap_or_else(|error| {
            tracing::error!(%error, "the key store was not read to the end");
            Err(NotRead)
        });
        // Keys that are not known would be taken for nobody's.
        read.map_err(|NotRead| StoreError::KeysUnreadable)?;
        Ok(read_index(self.reader.index()).promoted())
    }

    async fn set_persistent(
        &self,
        permit: &Permit<SetPersistent>,
        before: &Arc<KeyRecord>,
        after: Option<Arc<Persistent>>,
    ) -> Result<(), StoreError> {
        let SetPersistent {
            target,
            fingerprint,
            ..
        } = permit.request().clone();
        let before = Arc::clone(before);
        self.change(target.owner.uid(), move |writer, index| {
            let old = existing(index, &target.owner, fingerprint)?;
            if (&old.key.blob, &old.key.persistent) != (&before.key.blob, &before.key.persistent) {
                return Err(StoreError::ChangedByAnother);
            }
            let new = KeyRecord {
                key: TpmKey {
                    persistent: after,
                    ..old.key.clone()
                },
                ..KeyRecord::clone(&old)
            };
            writer.replace(&old, &new)?;
            write_index(index).insert(new);
            Ok(())
        })
        .await
    }

    async fn delete(&self, permit: &Permit<Delete>) -> Result<Arc<KeyRecord>, StoreError> {
        let Delete {
            target,
            fingerprint,
        } = permit.request().clone();
        self.change(target.owner.uid(), move |writer, index| {
            let record = existing(index, &target.owner, fingerprint)?;
            writer.delete(&record)?;
            write_index(index).remove(&target.owner, fingerprint);
            Ok(record)
        })
        .await
    }
}

fn existing(
    index: &RwLock<Index>,
    owner: &Owner,
    fingerprint: Fingerprint,
) -> Result<Arc<KeyRecord>, StoreError> {
    let found = read_index(index).find(owner, fingerprint);
    found.ok_or(StoreError::NoSuchKey)
}

// The index is whole between any two of its calls, so a panic elsewhere does not spoil it.

fn read_index(index: &RwLock<Index>) -> RwLockReadGuard<'_, Index> {
    index.read().unwrap_or_else(PoisonError::into_inner)
}

fn write_index(index: &RwLock<Index>) -> RwLockWriteGuard<'_, Index> {
    index.write().unwrap_or_else(PoisonError::into_inner)
}
