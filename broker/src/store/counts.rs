//! What is counted and outlives the broker, on the disk: of each user in `counts/<uid>.json`, and
//! keys that the TPM was made to keep by their use in `counts/kept-by-use.json`.
//!
//! The file of a user is as long as what is counted, and is gone when nothing is: a day after the
//! last wrong PIN, and an hour after the last key that was generated. One that cannot be read is no
//! reason to begin anew, nor to keep out anybody but its user.

mod changes;
mod file;

#[cfg(test)]
mod tests;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::directory::{self, OpenError, TEMPORARY_PREFIX, Untrusted};
use super::set_aside::{remove_unfinished, set_aside};
use file::NotRead;
use sshtpm_core::by_use::{Changes, KeptChanges};
use sshtpm_core::counts::{Counts, Kept};
use sshtpm_core::error::StoreError;
use sshtpm_core::identity::Uid;
use sshtpm_core::places::Places;
use sshtpm_core::ports::CountRecord;

/// The files of all users.
#[derive(Debug)]
pub(crate) struct CountStore {
    directory: PathBuf,
    /// The time since boot, which is written beside the counts.
    since_boot: fn() -> Duration,
    writes: Places,
    /// Whether the last one could not be written, and the log says so.
    fails: Arc<AtomicBool>,
    /// The same of what the broker has the TPM keep by itself.
    changes_fail: Arc<AtomicBool>,
}

/// Files written at a time; each takes a thread.
const WRITES: usize = 2;

/// Of one user, so that the last one that is written is the newest.
const WRITES_OF_USER: usize = 1;

const DIRECTORY: &str = "counts";

const SUFFIX: &str = ".json";

impl CountStore {
    /// Opens the files below `state_directory`, and reads them.
    ///
    /// # Errors
    ///
    /// Other users can write to the directory.
    pub(crate) fn open(
        state_directory: &Path,
        since_boot: fn() -> Duration,
    ) -> Result<(Self, Vec<(Uid, Kept)>), OpenError> {
        let directory = state_directory.join(DIRECTORY);
        let kept = match directory::check(&directory) {
            Ok(()) => read_all(&directory).map_err(Untrusted::Io),
            Err(Untrusted::Io(error)) if error.kind() == io::ErrorKind::NotFound => {
                create(&directory, state_directory);
                Ok(Vec::new())
            }
            Err(untrusted) => Err(untrusted),
        };
        let kept = kept.map_err(|cause| OpenError::new(&directory, cause))?;
        let store = Self {
            directory,
            since_boot,
            writes: Places::new(WRITES, WRITES_OF_USER),
            fails: Arc::default(),
            changes_fail: Arc::default(),
        };
        Ok((store, kept))
    }

    /// Reads how often within a day the broker had the TPM keep a key by itself.
    pub(crate) fn read_changes(&self) -> KeptChanges {
        let path = self.directory.join(changes::FILE);
        match changes::read(&path) {
            Ok(changes) => return KeptChanges::Changes(changes),
            Err(NotRead::Io(error)) if error.kind() == io::ErrorKind::NotFound => {
                return KeptChanges::Changes(Changes::default());
            }
            Err(NotRead::Damaged(damage)) => set_aside(&path, &damage),
            Err(NotRead::Io(error)) => {
                let path = path.display();
                tracing::error!(
                    %path,
                    %error,
                    "cannot read what was put into the TPM today; nothing more is for a day"
                );
            }
        }
        KeptChanges::Unreadable
    }
}

impl CountRecord for CountStore {
    async fn keep(
        &self,
        uid: Uid,
        counts: impl FnOnce() -> Counts + Send,
    ) -> Result<Counts, StoreError> {
        let place = self.writes.take(uid).await;
        let counts = counts();
        let path = path(&self.directory, uid);
        let (now, fails) = ((self.since_boot)(), Arc::clone(&self.fails));
        let write = move || {
            // It goes along, even if the caller left: the next one is written after this one.
            let _place = place;
            let written = file::write(&path, &counts, now);
            report(&fails, written.as_ref().err(), &path);
            written.map(|()| counts).map_err(|_| StoreError::NotCounted)
        };
        let written = tokio::task::spawn_blocking(write).await;
        written.unwrap_or(Err(StoreError::NotCounted))
    }

    /// One change of what the TPM keeps is made at a time, so the last one is the newest.
    async fn keep_changes(&self, changes: Changes) -> Result<(), StoreError> {
        let path = self.directory.join(changes::FILE);
        let fails = Arc::clone(&self.changes_fail);
        let write = move || {
            let written = changes::write(&path, &changes);
            report_changes(&fails, written.as_ref().err(), &path);
            written.map_err(|_| StoreError::NotCounted)
        };
        let written = tokio::task::spawn_blocking(write).await;
        written.unwrap_or(Err(StoreError::NotCounted))
    }
}

fn path(directory: &Path, uid: Uid) -> PathBuf {
    directory.join(format!("{}{SUFFIX}", uid.0))
}

/// A failure now is one of each later write, which is refused then.
fn create(directory: &Path, state_directory: &Path) {
    let created = directory::create(directory);
    if let Err(error) = created.and_then(|()| fs::File::open(state_directory)?.sync_all()) {
        let path = directory.display();
        tracing::error!(
            %path, %error,
            "cannot make the directory for counts of wrong PINs and generated keys"
        );
    }
}

fn read_all(directory: &Path) -> io::Result<Vec<(Uid, Kept)>> {
    let mut all = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if let Some(uid) = uid_of(&path) {
            all.push((uid, read(&path)));
        } else if is_unfinished(&path) {
            remove_unfinished(&path);
        }
    }
    Ok(all)
}

fn read(path: &Path) -> Kept {
    match file::read(path) {
        Ok((counts, written)) => return Kept::Counts(counts, written),
        Err(NotRead::Damaged(damage)) => set_aside(path, &damage),
        Err(NotRead::Io(error)) => {
            let path = path.display();
            tracing::error!(
                %path, %error,
                "a user's counts of wrong PINs and generated keys cannot be read"
            );
        }
    }
    Kept::Unreadable
}

/// `<uid>.json`, the uid in its usual form.
fn uid_of(path: &Path) -> Option<Uid> {
    let digits = path.file_name()?.to_str()?.strip_suffix(SUFFIX)?;
    let uid = digits.parse::<u32>().ok()?;
    (uid.to_string() == digits).then_some(Uid(uid))
}

fn is_unfinished(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| name.starts_with(TEMPORARY_PREFIX))
}

/// Logs that writing fails, or works again; a user could fill the log with each failure.
fn report(fails: &AtomicBool, error: Option<&io::Error>, path: &Path) {
    let path = path.display();
    match (fails.swap(error.is_some(), Ordering::Relaxed), error) {
        (false, Some(error)) => tracing::error!(
            %path, %error,
            "cannot write a user's counts of wrong PINs and generated keys; until that works, no \
             PIN is tried and no key is generated"
        ),
        (true, None) => {
            tracing::info!(%path, "counts of wrong PINs and generated keys are written again");
        }
        _ => {}
    }
}

/// Logs that a list fails, or works again.
fn report_changes(fails: &AtomicBool, error: Option<&io::Error>, path: &Path) {
    let path = path.display();
    match (fails.swap(error.is_some(), Ordering::Relaxed), error) {
        (false, Some(error)) => tracing::error!(
            %path, %error,
            "cannot write what the TPM is made to keep by use; until that works, it keeps no \
             further key"
        ),
        (true, None) => tracing::info!(%path, "what the TPM is made to keep can be written again"),
        _ => {}
    }
}
