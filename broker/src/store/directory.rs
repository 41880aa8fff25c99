//! The store's directories, which only the broker may write, and the names of their files.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use nix::unistd::geteuid;
use thiserror::Error;

use sshtpm_core::identity::Uid;
use sshtpm_ssh::fingerprint::Fingerprint;

/// Makes sure of the state directory and its `keys`, and returns the latter's path.
///
/// # Errors
///
/// They are missing and cannot be made, or other users could change their content.
pub(super) fn open(state_directory: &Path) -> Result<PathBuf, OpenError> {
    // A link is fine here, and here alone: the administrator said where the state is.
    let state = made(state_directory)
        .and_then(|()| Ok(fs::canonicalize(state_directory)?))
        .map_err(|cause| OpenError::new(state_directory, cause))?;
    check(&state).map_err(|cause| OpenError::new(&state, cause))?;
    let keys = state.join(KEYS);
    let opened = match check(&keys) {
        Err(Untrusted::Io(error)) if error.kind() == io::ErrorKind::NotFound => create(&keys)
            .and_then(|()| File::open(&state)?.sync_all())
            .map_err(Untrusted::Io),
        checked => checked,
    };
    match opened {
        Ok(()) => Ok(keys),
        Err(cause) => Err(OpenError::new(&keys, cause)),
    }
}

/// Makes sure that `path` is a directory that belongs to us, and that no other user can change.
///
/// # Errors
///
/// It is not, or cannot be looked at.
pub(super) fn check(path: &Path) -> Result<(), Untrusted> {
    let metadata = fs::symlink_metadata(path)?;
    if !metadata.is_dir() {
        return Err(Untrusted::NotADirectory);
    }
    if metadata.uid() != geteuid().as_raw() {
        return Err(Untrusted::Foreign(metadata.uid()));
    }
    match metadata.mode() & PERMISSIONS {
        mode if mode & WRITABLE_BY_OTHERS != 0 => Err(Untrusted::Writable(mode)),
        _ => Ok(()),
    }
}

/// Makes a directory for us alone.
///
/// # Errors
///
/// The disk fails, or there is something of that name.
pub(super) fn create(path: &Path) -> io::Result<()> {
    DirBuilder::new().mode(PRIVATE_DIRECTORY).create(path)
}

/// Makes sure of a directory that belongs to us, within one that does; makes it if it is missing.
///
/// # Errors
///
/// The disk fails, or others could change what is in it.
pub(super) fn ensure(path: &Path) -> io::Result<()> {
    match check(path) {
        Ok(()) => Ok(()),
        Err(Untrusted::Io(error)) if error.kind() == io::ErrorKind::NotFound => create(path),
        Err(Untrusted::Io(error)) => Err(error),
        Err(untrusted) => Err(io::Error::other(untrusted)),
    }
}

/// The directory of a user's keys, within `keys`.
pub(super) fn user_directory(keys: &Path, uid: Uid) -> PathBuf {
    keys.join(uid.0.to_string())
}

/// Name of the file of a key.
pub(super) fn file_name(fingerprint: Fingerprint) -> String {
    fingerprint.to_hex() + RECORD_SUFFIX
}

const KEYS: &str = "keys";

/// How names of records end.
pub(super) const RECORD_SUFFIX: &str = ".json";

/// How names of records begin that are not yet complete.
pub(super) const TEMPORARY_PREFIX: &str = ".new-";

/// Within the names of what was set aside, after that of the record.
pub(super) const DAMAGED_SUFFIX: &str = ".damaged";

/// Bits of a mode that are about permissions (inode(7)).
pub(super) const PERMISSIONS: u32 = 0o7777;

const PRIVATE_DIRECTORY: u32 = 0o700;
const WRITABLE_BY_OTHERS: u32 = 0o022;

fn made(state_directory: &Path) -> Result<(), Untrusted> {
    let mut builder = DirBuilder::new();
    builder.recursive(true).mode(PRIVATE_DIRECTORY);
    Ok(builder.create(state_directory)?)
}

/// Why the store cannot be opened.
#[derive(Debug, Error)]
#[error("cannot use {} for the key store: {cause}", path.display())]
pub(crate) struct OpenError {
    path: PathBuf,
    cause: Untrusted,
}

impl OpenError {
    pub(super) fn new(path: &Path, cause: impl Into<Untrusted>) -> Self {
        let path = path.to_owned();
        let cause = cause.into();
        Self { path, cause }
    }
}

/// Why a directory is not used.
#[derive(Debug, Error)]
pub(super) enum Untrusted {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("it is not a directory, or it is a symbolic link; move it away")]
    NotADirectory,
    #[error("it belongs to uid {0}; check what made it, then `chown` it to the broker's user")]
    Foreign(u32),
    #[error("its group or others may write to it (mode {0:04o}); run `chmod 0700` on it")]
    Writable(u32),
    #[error("another sshtpm-broker uses it; see `systemctl status sshtpm-broker`")]
    InUse,
}
