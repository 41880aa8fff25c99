//! Reads each user's keys once: at the first request for them, or else after the start.
//!
//! A user's keys are seen only once all of them are read. A request waits while they are read, but
//! not for the keys of other users.

use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};

use tokio::sync::OwnedMutexGuard;

use super::directory::OpenError;
use super::index::{Index, read_index, write_index};
use super::read::{self, NotRead};
use sshtpm_core::identity::Uid;
use sshtpm_core::places::Places;

/// Brings keys from the disk into the index.
#[derive(Clone, Debug)]
pub(super) struct Reader {
    keys: PathBuf,
    index: Arc<RwLock<Index>>,
    reads: Places,
}

/// Users whose keys are read at a time; each occupies a thread.
const READS: usize = 2;

/// One user's keys are read once.
const READS_OF_USER: usize = 1;

impl Reader {
    /// Looks whose keys are under `keys`, and reads none.
    ///
    /// # Errors
    ///
    /// `keys` itself cannot be read.
    pub(super) fn new(keys: &Path) -> Result<Self, OpenError> {
        let index = Index::unread(read::users(keys)?);
        Ok(Self {
            keys: keys.to_owned(),
            index: Arc::new(RwLock::new(index)),
            reads: Places::new(READS, READS_OF_USER),
        })
    }

    pub(super) fn index(&self) -> &Arc<RwLock<Index>> {
        &self.index
    }

    /// Returns at once if the keys of `uid` are read, and else when they are. What was begun is
    /// carried to its end, even if the caller no longer waits.
    ///
    /// # Errors
    ///
    /// It came to no end.
    pub(super) async fn read(&self, uid: Uid) -> Result<(), NotRead> {
        let Some(turn) = read_index(&self.index).turn(uid) else {
            return Ok(());
        };
        let turn = turn.lock_owned().await;
        let place = self.reads.take(uid).await;
        let reader = self.clone();
        let read = move || {
            let _place = place;
            reader.read_now(uid, &turn)
        };
        let read = tokio::task::spawn_blocking(read).await;
        read.unwrap_or_else(|error| {
            tracing::error!(%error, uid = uid.0, "reading a user's keys was aborted");
            Err(NotRead)
        })
    }

    /// Returns when the keys of all users are read, one user's after the other's.
    ///
    /// # Errors
    ///
    /// Keys of a user cannot be read now.
    pub(super) async fn read_each(&self) -> Result<(), NotRead> {
        let unread = read_index(&self.index).turns();
        for (uid, _) in unread {
            self.read(uid).await?;
        }
        Ok(())
    }

    /// Reads whatever is not read yet, one user's keys after the other's. Blocks while it reads.
    ///
    /// # Errors
    ///
    /// Keys of some users cannot be read now; those of all others are read.
    pub(super) fn read_rest(&self) -> Result<(), NotRead> {
        let unread = read_index(&self.index).turns();
        let mut all = Ok(());
        for (uid, turn) in unread {
            if self.read_now(uid, &turn.blocking_lock_owned()).is_err() {
                tracing::warn!(
                    uid = uid.0,
                    "cannot read a user's keys now; trying again when they are asked for"
                );
                all = Err(NotRead);
            }
        }
        all
    }

    /// Reads the keys of `uid`, unless they are read by now; only the holder of the turn does
    /// this.
    ///
    /// # Errors
    ///
    /// They cannot be read now; the next request tries again.
    pub(super) fn read_now(&self, uid: Uid, _turn: &OwnedMutexGuard<()>) -> Result<(), NotRead> {
        if read_index(&self.index).turn(uid).is_some() {
            let keys = read::keys_of(uid, &self.keys)?;
            write_index(&self.index).put(uid, keys);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
