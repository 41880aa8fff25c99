//! Opens the configuration file, and checks its owner and mode.
//!
//! A configuration decides what its reader does, so nobody else may be able to write it. The check
//! looks at the open file, so that no program can exchange it in between.

use std::fs::{Metadata, OpenOptions};
use std::io::{ErrorKind, Read as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use nix::fcntl::OFlag;
use nix::unistd::geteuid;

use super::error::ConfigError;

/// Write permission for the group or for others (`S_IWGRP | S_IWOTH`).
const WRITABLE_BY_OTHERS: u32 = 0o022;

/// The text of `path`, of at most `most` bytes; `None` if there is no such file.
///
/// # Errors
///
/// The file cannot be read, is not a regular file, is too long, or can be written by users other
/// than root and ourselves.
pub(super) fn read(path: &Path, most: u64) -> Result<Option<String>, ConfigError> {
    let cannot_read = |source| ConfigError::Read {
        path: path.to_owned(),
        source,
    };
    // If the file is a FIFO, opening it must not wait for a writer.
    let flags = OFlag::O_NONBLOCK.bits();
    let opened = OpenOptions::new().read(true).custom_flags(flags).open(path);
    let file = match opened {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return nothing_at(path),
        Err(error) => return Err(cannot_read(error)),
    };
    check(path, &file.metadata().map_err(cannot_read)?)?;
    let mut text = String::new();
    let length = file
        .take(most + 1)
        .read_to_string(&mut text)
        .map_err(cannot_read)?;
    if u64::try_from(length).is_ok_and(|length| length <= most) {
        Ok(Some(text))
    } else {
        Err(ConfigError::TooLong {
            path: path.to_owned(),
            most,
        })
    }
}

/// There is no file, provided that there is no link either: a link that leads nowhere is a file
/// that its reader cannot see, such as one outside a sandbox.
fn nothing_at(path: &Path) -> Result<Option<String>, ConfigError> {
    match path.symlink_metadata() {
        Ok(_) => Err(ConfigError::LeadsNowhere(path.to_owned())),
        Err(_) => Ok(None),
    }
}

/// Files of the reader's own are accepted, too: a broker that does not run as root serves only
/// itself, and an agent only its user.
fn check(path: &Path, metadata: &Metadata) -> Result<(), ConfigError> {
    let path = || path.to_owned();
    let owner = metadata.uid();
    if !metadata.is_file() {
        Err(ConfigError::NoFile(path()))
    } else if owner != 0 && owner != geteuid().as_raw() {
        Err(ConfigError::ForeignOwner {
            path: path(),
            owner,
            reader: geteuid().as_raw(),
        })
    } else if metadata.mode() & WRITABLE_BY_OTHERS != 0 {
        Err(ConfigError::WritableByOthers(path()))
    } else {
        Ok(())
    }
}
