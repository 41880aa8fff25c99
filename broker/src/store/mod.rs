//! The store room: where key records are kept.
//!
//! Purpose: [`FileStore`], the store of [`sshtpm_core::ports`]: one file for each key under
//! `keys/<uid>/<fingerprint in hexadecimal>.json`, read once, served from memory, and changed on
//! the disk before it is changed in memory.
//!
//! May touch: files under the state directory, and the user database to name former owners in the
//! log. Must never decide who may do what, name D-Bus, polkit or a TPM library, or log what is in
//! a key. It is the only room that writes files.
//!
//! Specs: ASN.1 Specification for TPM 2.0 Key Files; TPM 2.0 Part 2 (TPM2B_PUBLIC, TPM2B_PRIVATE);
//! rename(2) and fsync(2) for what survives a crash.

mod archive;
mod attestation_keys;
mod certificates;
mod counts;
mod damage;
mod derived;
mod directory;
mod index;
mod lock;
mod pcrs;
mod persistent;
mod port;
mod read;
mod reader;
mod record;
mod regular_file;
mod restrictions;
mod set_aside;
mod tpm2b;
mod tss2_key;
mod unnamed;
mod users;
mod uses;
mod write;

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod tests;

pub(crate) use counts::CountStore;
pub(crate) use directory::OpenError;
pub(crate) use lock::Lock;
pub(crate) use uses::UseStore;

use std::path::Path;
use std::sync::{Arc, RwLock};

use archive::Archive;
use attestation_keys::AttestationKeys;
use index::{Index, read_index};
use read::NotRead;
use reader::Reader;
use sshtpm_core::error::StoreError;
use sshtpm_core::identity::Uid;
use sshtpm_core::places::Places;
use write::{SyncDirectory, Writer};

/// Keys in files, and in memory from the first request for a key of their owner.
#[derive(Debug)]
pub(crate) struct FileStore {
    reader: Reader,
    writer: Arc<Writer>,
    archive: Arc<Archive>,
    attestation_keys: Arc<AttestationKeys>,
    /// Whose turn it is to change the store.
    changes: Places,
}

/// Changes of the store at a time. Each waits for the disk, and the disk for all before it.
const CHANGES: usize = 1;

/// Those of one user's keys.
const CHANGES_OF_USER: usize = 1;

impl FileStore {
    /// Opens the store under `state_directory`, which is made if there is none. No key is read yet.
    ///
    /// # Errors
    ///
    /// The directories cannot be made or read, or other users can write to them.
    pub(crate) fn open(state_directory: &Path) -> Result<Self, OpenError> {
        Self::open_with(state_directory, write::sync_directory)
    }

    fn open_with(state_directory: &Path, sync: SyncDirectory) -> Result<Self, OpenError> {
        let keys = directory::open(state_directory)?;
        Ok(Self {
            reader: Reader::new(&keys)?,
            archive: Arc::new(Archive::new(&keys, sync)),
            attestation_keys: Arc::new(AttestationKeys::new(&keys, sync)),
            writer: Arc::new(Writer::new(keys, sync)),
            changes: Places::new(CHANGES, CHANGES_OF_USER),
        })
    }

    /// Reads the keys that no request has needed yet, so that the log says what is wrong with
    /// them. Then it logs owners whose uid now belongs to another user, asking the user database
    /// once for each owner. All that may take long, and blocks; nothing depends on it.
    pub(crate) fn read_rest(&self) -> impl FnOnce() + Send + use<> {
        let reader = self.reader.clone();
        move || {
            // The log names users that could not be read; the next request reads them.
            drop(reader.read_rest());
            let owners = {
                let index = read_index(reader.index());
                tracing::info!(keys = index.len(), "the key store was read");
                index.owners()
            };
            users::report_former_owners(owners, users::name_of);
        }
    }

    /// Carries out `change` of the keys of `uid` where blocking is allowed, after they are read and
    /// when it is the turn of `uid`.
    /// Once begun it is carried to its end, even if the caller no longer waits.
    async fn change<T: Send + 'static>(
        &self,
        uid: Uid,
        change: impl FnOnce(&Writer, &RwLock<Index>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let read = self.reader.read(uid).await;
        read.map_err(|NotRead| StoreError::KeysUnreadable)?;
        let place = self.changes.take(uid).await;
        let (writer, index) = (Arc::clone(&self.writer), Arc::clone(self.reader.index()));
        let change = move || {
            let _place = place;
            change(&writer, &index)
        };
        let done = tokio::task::spawn_blocking(change).await;
        done.unwrap_or_else(|error| {
            tracing::error!(%error, "a change of the key store was aborted");
            Err(StoreError::NotWritable)
        })
    }
}
