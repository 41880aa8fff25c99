//! Records of lost keys, out of the way of the others: `archive/<uid>/<fingerprint in
//! hexadecimal>.json`.
//!
//! They are what they were: an administrator can read which user had which key, and move one back
//! by hand. The broker does not read them, except to list and delete those of users who are gone.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::directory;
use super::read;
use super::write::{Failure, SyncDirectory, undo};
use sshtpm_core::error::StoreError;
use sshtpm_core::identity::{Owner, Uid};
use sshtpm_core::key::KeyRecord;
use sshtpm_ssh::fingerprint::Fingerprint;

/// Most records of a uid; the earliest go. 64 keys, as many as a user has by default, can be lost
/// sixteen times.
const MOST_OF_USER: usize = 1024;

const DIRECTORY: &str = "archive";

/// The right to change what is archived.
#[derive(Debug)]
pub(super) struct Archive {
    keys: PathBuf,
    path: PathBuf,
    sync: SyncDirectory,
}

impl Archive {
    /// Beside `keys`.
    pub(super) fn new(keys: &Path, sync: SyncDirectory) -> Self {
        Self {
            keys: keys.to_owned(),
            path: keys.with_file_name(DIRECTORY),
            sync,
        }
    }

    /// Takes in the file of a key, which is no longer among the others then.
    ///
    /// # Errors
    ///
    /// The disk fails. Nothing was changed then.
    pub(super) fn take(&self, record: &KeyRecord) -> Result<(), StoreError> {
        let uid = record.owner.uid();
        let name = directory::file_name(record.fingerprint());
        let from = directory::user_directory(&self.keys, uid).join(&name);
        let taken = self.place_for(uid).and_then(|place| {
            self.rename(&from, &place.join(&name))?;
            Ok(place)
        });
        let place = taken.map_err(Failure::report)?;
        if let Err(error) = keep_to_bound(&place) {
            let path = place.display();
            tracing::warn!(
                %path, %error,
                "cannot delete the earliest of too many archived records"
            );
        }
        Ok(())
    }

    /// The uids of which there are records, in no order.
    ///
    /// # Errors
    ///
    /// The disk fails.
    pub(super) fn uids(&self) -> Result<Vec<Uid>, StoreError> {
        let names = paths_in(&self.path).map_err(|error| unreadable(&self.path, &error))?;
        let names = names.iter().filter_map(|path| path.file_name()?.to_str());
        Ok(names
            .filter_map(|name| name.parse().ok())
            .map(Uid)
            .collect())
    }

    /// The records of `uid`, whatever name its user had, in no order. A file that is none is left
    /// out.
    ///
    /// # Errors
    ///
    /// The disk fails.
    pub(super) fn of(&self, uid: Uid) -> Result<Vec<Arc<KeyRecord>>, StoreError> {
        let place = directory::user_directory(&self.path, uid);
        let paths = paths_in(&place).map_err(|error| unreadable(&place, &error))?;
        let records = paths.iter().take(MOST_OF_USER);
        let records = records.filter_map(|path| read::archived(path, uid));
        Ok(records.map(Arc::new).collect())
    }

    /// Deletes the records of `owner`, or that of one `key`. Those of other users who had the uid
    /// stay.
    ///
    /// # Errors
    ///
    /// The disk fails.
    pub(super) fn delete(&self, owner: &Owner, key: Option<Fingerprint>) -> Result<(), StoreError> {
        let place = directory::user_directory(&self.path, owner.uid());
        let is_meant = |record: KeyRecord| {
            record.owner == *owner && key.is_none_or(|key| key == record.fingerprint())
        };
        let deleted = self.delete_in(&place, owner.uid(), is_meant);
        deleted.map_err(|error| Failure::new("delete archived records in", &place, error).report())
    }

    fn delete_in(
        &self,
        place: &Path,
        uid: Uid,
        is_meant: impl Fn(KeyRecord) -> bool,
    ) -> io::Result<()> {
        for path in paths_in(place)? {
            if read::archived(&path, uid).is_some_and(&is_meant) {
                fs::remove_file(&path)?;
            }
        }
        (self.sync)(place)?;
        // There may be others.
        drop(fs::remove_dir(place));
        Ok(())
    }

    /// The directory for records of `uid`, which is on the disk.
    fn place_for(&self, uid: Uid) -> Result<PathBuf, Failure> {
        let place = directory::user_directory(&self.path, uid);
        let state = self.keys.parent().unwrap_or(&self.keys);
        let made = directory::ensure(&self.path)
            .and_then(|()| (self.sync)(state))
            .and_then(|()| directory::ensure(&place))
            .and_then(|()| (self.sync)(&self.path));
        match made {
            Ok(()) => Ok(place),
            Err(error) => Err(Failure::new("use", &place, error)),
        }
    }

    fn rename(&self, from: &Path, to: &Path) -> Result<(), Failure> {
        let failed = |error| Failure::new("archive", from, error);
        match fs::rename(from, to) {
            Ok(()) => {}
            // By an administrator's hand.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(failed(error)),
        }
        let mut directories = [to, from].into_iter().filter_map(Path::parent);
        let synced = directories.try_for_each(self.sync);
        synced.map_err(failed).inspect_err(|_| {
            undo(|| fs::rename(to, from).map_err(failed));
        })
    }
}

/// What is in a directory; nothing if there is no such directory.
fn paths_in(place: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(place) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        entries => entries?.map(|entry| Ok(entry?.path())).collect(),
    }
}

fn unreadable(path: &Path, error: &io::Error) -> StoreError {
    let path = path.display();
    tracing::error!(%path, %error, "archived records cannot be read");
    StoreError::KeysUnreadable
}

/// Deletes the files that came first where there are too many.
fn keep_to_bound(place: &Path) -> io::Result<()> {
    let entries = fs::read_dir(place)?.collect::<io::Result<Vec<_>>>()?;
    let Some(too_many) = entries.len().checked_sub(MOST_OF_USER).filter(|&n| n > 0) else {
        return Ok(());
    };
    let came = |file: &Metadata| (file.ctime(), file.ctime_nsec());
    let files = entries
        .iter()
        .map(|entry| Ok((came(&entry.metadata()?), entry.path())));
    let mut files = files.collect::<io::Result<Vec<_>>>()?;
    files.sort_unstable();
    files
        .iter()
        .take(too_many)
        .try_for_each(|(_, path)| fs::remove_file(path))
}

#[cfg(test)]
mod tests;
