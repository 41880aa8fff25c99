//! Opening the configuration file, and looking at whose it is.
//!
//! Whoever can write it chooses the TPM and the store, so it has to be the administrator's alone.
//! It is looked at once it is open, so that nobody can exchange it in between.

use std::fs::{Metadata, OpenOptions};
use std::io::{ErrorKind, Read as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use nix::fcntl::OFlag;
use nix::unistd::geteuid;

use super::error::ConfigError;

/// Longest configuration, in bytes: far more than the file with all its comments.
pub(super) const MAX_BYTES: u64 = 1024 * 1024;

/// Write permission for the group or for others (`S_IWGRP | S_IWOTH`).
const WRITABLE_BY_OTHERS: u32 = 0o022;

/// The text of `path`; `None` if there is no such file.
///
/// # Errors
///
/// It cannot be read, is no file, is too long, or others than root and ourselves can write it.
pub(super) fn read(path: &Path) -> Result<Option<String>, ConfigError> {
    let cannot_read = |source| ConfigError::Read {
        path: path.to_owned(),
        source,
    };
    // Nobody waits for a writer if it is a FIFO.
    let flags = OFlag::O_NONBLOCK.bits();
    let opened = OpenOptions::new().read(true).custom_flags(flags).open(path);
    let file = match opened {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(cannot_read(error)),
    };
    check(path, &file.metadata().map_err(cannot_read)?)?;
    let mut text = String::new();
    let length = file
        .take(MAX_BYTES + 1)
        .read_to_string(&mut text)
        .map_err(cannot_read)?;
    if u64::try_from(length).is_ok_and(|length| length <= MAX_BYTES) {
        Ok(Some(text))
    } else {
        Err(ConfigError::TooLong {
            path: path.to_owned(),
            most: MAX_BYTES,
        })
    }
}

/// Our own files are accepted, too: a broker that does not run as root decides for itself alone.
fn check(path: &Path, metadata: &Metadata) -> Result<(), ConfigError> {
    let path = || path.to_owned();
    let owner = metadata.uid();
    if !metadata.is_file() {
        Err(ConfigError::NoFile(path()))
    } else if owner != 0 && owner != geteuid().as_raw() {
        Err(ConfigError::ForeignOwner {
            path: path(),
            owner,
        })
    } else if metadata.mode() & WRITABLE_BY_OTHERS != 0 {
        Err(ConfigError::WritableByOthers(path()))
    } else {
        Ok(())
    }
}
