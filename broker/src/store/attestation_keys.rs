//! The attestation keys of users: `attestation/<uid>.json`.
//!
//! A uid has one file. If the uid has another user by now, the key in it is not that user's, and a
//! new one takes its place. A file that is damaged is set aside, and the key made anew: a verifier
//! then sees another key, as after the TPM was cleared.
//!
//! A key that is lost stays beside the new one, as `<uid>.json.lost`, because its TPM or its parent
//! may come back: an administrator can put it back then.

use std::fs::{self};
use std::io;
use std::path::{Path, PathBuf};

use self::stored::{decode, encode, read_bytes};
use super::directory;
use super::set_aside::set_aside;
use super::unnamed;
use super::write::{Failure, SyncDirectory};
use sshtpm_core::attestation::AttestationKey;
use sshtpm_core::error::StoreError;
use sshtpm_core::identity::{Owner, Uid};

const DIRECTORY: &str = "attestation";

const SUFFIX: &str = ".json";

/// After the name of a file with a key that is lost; `.1`, `.2`, … follow.
const LOST_SUFFIX: &str = ".lost";

/// How many lost keys of a uid are kept. Each took another parent key in the TPM.
const MOST_LOST: usize = 4;

/// The right to read and change them.
#[derive(Debug)]
pub(super) struct AttestationKeys {
    path: PathBuf,
    sync: SyncDirectory,
}

impl AttestationKeys {
    /// Beside `keys`.
    pub(super) fn new(keys: &Path, sync: SyncDirectory) -> Self {
        let path = keys.with_file_name(DIRECTORY);
        Self { path, sync }
    }

    /// That of `owner`, if there is one.
    ///
    /// # Errors
    ///
    /// The disk fails.
    pub(super) fn read(&self, owner: &Owner) -> Result<Option<AttestationKey>, StoreError> {
        let path = self.path_of(owner.uid());
        let unreadable = |error: io::Error| {
            let path = path.display();
            tracing::error!(%path, %error, "a user's attestation key cannot be read");
            StoreError::KeysUnreadable
        };
        let Some(read) = read_bytes(&path).map_err(unreadable)? else {
            return Ok(None);
        };
        match read.and_then(|bytes| decode(&bytes)) {
            Ok((stored, key)) => Ok(stored.is_of(owner).then_some(key)),
            Err(damage) => {
                set_aside(&path, &damage);
                Ok(None)
            }
        }
    }

    /// Writes that of `owner`, in the place of the one before. It is on the disk when this returns.
    ///
    /// # Errors
    ///
    /// The disk is full or fails.
    pub(super) fn write(&self, owner: &Owner, key: &AttestationKey) -> Result<(), StoreError> {
        let path = self.path_of(owner.uid());
        let written = encode(owner, key).and_then(|text| self.put(&path, text.as_bytes()));
        written.map_err(|error| Failure::new("write", &path, error).report())
    }

    /// The same in the place of a key that is lost, which stays beside it.
    ///
    /// # Errors
    ///
    /// Those of [`Self::write`].
    pub(super) fn replace_lost(
        &self,
        owner: &Owner,
        key: &AttestationKey,
    ) -> Result<(), StoreError> {
        let path = self.path_of(owner.uid());
        let is_free = |aside: &PathBuf| fs::symlink_metadata(aside).is_err();
        match lost_names(&path).find(is_free) {
            Some(aside) => fs::rename(&path, &aside)
                .map_err(|error| Failure::new("rename", &path, error).report())?,
            None => tracing::warn!(
                path = %path.display(),
                "too many lost attestation keys are kept already, so this one is replaced"
            ),
        }
        self.write(owner, key)
    }

    /// Deletes those of `owner`, if there are any.
    ///
    /// # Errors
    ///
    /// The disk fails.
    pub(super) fn delete(&self, owner: &Owner) -> Result<(), StoreError> {
        let path = self.path_of(owner.uid());
        if self.read(owner)?.is_some() {
            self.remove(&path)?;
        }
        for lost in lost_names(&path) {
            let read = read_bytes(&lost).ok().flatten();
            let read = read.and_then(|read| decode(&read.ok()?).ok());
            if read.is_some_and(|(stored, _)| stored.is_of(owner)) {
                self.remove(&lost)?;
            }
        }
        Ok(())
    }

    fn remove(&self, path: &Path) -> Result<(), StoreError> {
        let deleted = fs::remove_file(path).and_then(|()| (self.sync)(&self.path));
        deleted.map_err(|error| Failure::new("delete", path, error).report())
    }

    fn put(&self, path: &Path, text: &[u8]) -> io::Result<()> {
        directory::ensure(&self.path)?;
        unnamed::write(&self.path, text)?.persist(path)?;
        (self.sync)(&self.path)?;
        // An earlier broker may have made the directory and crashed.
        self.path.parent().map_or(Ok(()), self.sync)
    }

    fn path_of(&self, uid: Uid) -> PathBuf {
        self.path.join(format!("{}{SUFFIX}", uid.0))
    }
}

/// Where lost keys are kept beside `path`.
fn lost_names(path: &Path) -> impl Iterator<Item = PathBuf> {
    let numbers = (1..MOST_LOST).map(|number| format!("{LOST_SUFFIX}.{number}"));
    let suffixes = std::iter::once(LOST_SUFFIX.to_owned()).chain(numbers);
    suffixes.map(|suffix| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    })
}

mod stored;
#[cfg(test)]
mod tests;
