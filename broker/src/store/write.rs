//! Changes the disk so that a crash at any moment leaves the old or the new state.
//!
//! A file gets its name once it is complete and synced. A change is reported as done once the
//! directory is synced too. A failed change is undone.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::damage::Damage;
use super::directory;
use super::record;
use super::unnamed;
use sshtpm_core::error::StoreError;
use sshtpm_core::key::KeyRecord;

/// The right to change what is under `keys`.
#[derive(Debug)]
pub(super) struct Writer {
    keys: PathBuf,
    sync: SyncDirectory,
}

/// Brings a directory's names to the disk.
pub(super) type SyncDirectory = fn(&Path) -> io::Result<()>;

/// Brings a directory's names to the disk (fsync(2)).
///
/// # Errors
///
/// The disk fails.
pub(super) fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

impl Writer {
    pub(super) fn new(keys: PathBuf, sync: SyncDirectory) -> Self {
        Self { keys, sync }
    }

    /// Stores a new key.
    ///
    /// # Errors
    ///
    /// The disk is full or fails, the record is too long, or there is such a key already. Nothing
    /// was changed then.
    pub(super) fn add(&self, record: &KeyRecord) -> Result<(), StoreError> {
        self.try_add(record).map_err(Failure::report)
    }

    /// Stores `new` in the place of `old`, which is the same key.
    ///
    /// # Errors
    ///
    /// The disk is full or fails, or the record is too long. Nothing was changed then.
    pub(super) fn replace(&self, old: &KeyRecord, new: &KeyRecord) -> Result<(), StoreError> {
        let path = self.path_of(new);
        self.put(new)
            .and_then(|()| {
                self.sync_parent(&path)
                    .inspect_err(|_| undo(|| self.put(old)))
            })
            .map_err(Failure::report)
    }

    /// Removes a key. One that is gone already is removed.
    ///
    /// # Errors
    ///
    /// The disk fails. Nothing was changed then.
    pub(super) fn delete(&self, record: &KeyRecord) -> Result<(), StoreError> {
        let path = self.path_of(record);
        let deleted = match fs::remove_file(&path) {
            Ok(()) => self
                .sync_parent(&path)
                .inspect_err(|_| undo(|| self.put(record))),
            // By an administrator's hand.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(Failure::new("delete", &path, error)),
        };
        deleted.map_err(Failure::report)
    }

    fn try_add(&self, record: &KeyRecord) -> Result<(), Failure> {
        let path = self.path_of(record);
        let unnamed = self.prepare(record)?;
        unnamed
            .persist_noclobber(&path)
            .map_err(|error| Failure::new("name", &path, error.error))?;
        // The second one always: an earlier broker may have made the directory and crashed.
        self.sync_parent(&path)
            .and_then(|()| self.sync(&self.keys))
            .inspect_err(|_| {
                undo(|| {
                    fs::remove_file(&path).map_err(|error| Failure::new("delete", &path, error))
                });
            })
    }

    fn put(&self, record: &KeyRecord) -> Result<(), Failure> {
        let path = self.path_of(record);
        let unnamed = self.prepare(record)?;
        match unnamed.persist(&path) {
            Ok(_) => Ok(()),
            Err(error) => Err(Failure::new("name", &path, error.error)),
        }
    }

    /// A complete file on the disk, without its name; it is removed when it is dropped.
    fn prepare(&self, record: &KeyRecord) -> Result<NamedTempFile, Failure> {
        let directory = self.user_directory(record)?;
        let failed = |error| Failure::new("write a file in", &directory, error);
        let text = record::encode(record).map_err(|damage| failed(unwritable(damage)))?;
        unnamed::write(&directory, text.as_bytes()).map_err(failed)
    }

    fn user_directory(&self, record: &KeyRecord) -> Result<PathBuf, Failure> {
        let path = directory::user_directory(&self.keys, record.owner.uid());
        match directory::ensure(&path) {
            Ok(()) => Ok(path),
            Err(error) => Err(Failure::new("use", &path, error)),
        }
    }

    fn path_of(&self, record: &KeyRecord) -> PathBuf {
        directory::user_directory(&self.keys, record.owner.uid())
            .join(directory::file_name(record.fingerprint()))
    }

    fn sync_parent(&self, path: &Path) -> Result<(), Failure> {
        path.parent().map_or(Ok(()), |parent| self.sync(parent))
    }

    fn sync(&self, directory: &Path) -> Result<(), Failure> {
        (self.sync)(directory).map_err(|error| Failure::new("sync", directory, error))
    }
}

/// What the disk did not do.
pub(super) struct Failure {
    what: &'static str,
    path: PathBuf,
    error: io::Error,
}

impl Failure {
    pub(super) fn new(what: &'static str, path: &Path, error: io::Error) -> Self {
        let path = path.to_owned();
        Self { what, path, error }
    }

    /// Logs the cause, which the caller does not learn. A record that is too long is only the
    /// caller's mistake, and must not fill the log.
    pub(super) fn report(self) -> StoreError {
        let Self { what, path, error } = self;
        if error.kind() == TOO_LONG {
            return StoreError::TooLong;
        }
        let path = path.display();
        tracing::error!(%path, %error, "cannot change the key store: failed to {what} this path");
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreError::Full,
            _ => StoreError::NotWritable,
        }
    }
}

const TOO_LONG: io::ErrorKind = io::ErrorKind::FileTooLarge;

/// A record that is not even tried to be written.
fn unwritable(damage: Damage) -> io::Error {
    match damage {
        Damage::TooLong => io::Error::new(TOO_LONG, damage),
        other => io::Error::other(other),
    }
}

/// Takes back what is done already of a change that failed.
pub(super) fn undo(undo: impl FnOnce() -> Result<(), Failure>) {
    if let Err(Failure { what, path, error }) = undo() {
        let path = path.display();
        tracing::error!(%path, %error, "cannot undo a failed change: failed to {what} this path");
    }
}

#[cfg(test)]
mod tests;
