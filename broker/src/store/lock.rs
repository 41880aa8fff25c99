//! One broker at a time: the holder of the lock may use the store, and the TPM with it.
//!
//! The broker takes its bus name last, when it is ready to serve. Without the lock, a second
//! broker would have read the store and swept the TPM by then.

use std::fs::File;
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};

use super::directory::{self, OpenError, Untrusted};

/// Held as long as the broker runs; the kernel releases it however the process ends.
#[derive(Debug)]
#[must_use = "the lock is given back when it is dropped"]
pub(crate) struct Lock {
    _directory: Flock<File>,
}

impl Lock {
    /// Locks the store under `state_directory` (flock(2) on its `keys`), making it if there is
    /// none.
    ///
    /// # Errors
    ///
    /// Another broker has it, or other users can write to the directories.
    pub(crate) fn take(state_directory: &Path) -> Result<Self, OpenError> {
        let keys = directory::open(state_directory)?;
        let opened =
            File::open(&keys).map_err(|error| OpenError::new(&keys, Untrusted::Io(error)))?;
        match Flock::lock(opened, FlockArg::LockExclusiveNonblock) {
            Ok(directory) => Ok(Self {
                _directory: directory,
            }),
            Err((_, Errno::EWOULDBLOCK)) => Err(OpenError::new(&keys, Untrusted::InUse)),
            Err((_, errno)) => Err(OpenError::new(
                &keys,
                Untrusted::Io(std::io::Error::from(errno)),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Lock;

    #[test]
    fn a_store_is_locked_by_one_at_a_time() {
        let state = tempfile::tempdir().expect("a directory");
        let first = Lock::take(state.path()).expect("free");
        let refused = Lock::take(state.path()).expect_err("taken");
        assert!(
            refused.to_string().contains("another sshtpm-broker"),
            "{refused}"
        );
        drop(first);
        assert!(Lock::take(state.path()).is_ok(), "free again");
    }
}
