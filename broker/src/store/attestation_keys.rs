//! The attestation keys of users: `attestation/<uid>.json`.
//!
//! A uid has one file. If the uid has another user by now, the key in it is not that user's, and a
//! new one takes its place. A file that is damaged is set aside, and the key made anew: a verifier
//! then sees another key, as after the TPM was cleared.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use nix::fcntl::OFlag;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::directory::{self, TEMPORARY_PREFIX};
use super::set_aside::set_aside;
use super::tss2_key;
use super::write::{Failure, SyncDirectory};
use sshtpm_core::attestation::AttestationKey;
use sshtpm_core::error::StoreError;
use sshtpm_core::identity::{Owner, Uid};
use sshtpm_core::key::{KeyBlob, ParentName, PrivatePart, Protection};

/// Longest file, in bytes; one has some 900.
const MOST_BYTES: u64 = 4096;

const VERSION: u64 = 1;

const DIRECTORY: &str = "attestation";

const SUFFIX: &str = ".json";

const PRIVATE_FILE: u32 = 0o600;

/// The right to read and change them.
#[derive(Debug)]
pub(super) struct AttestationKeys {
    path: PathBuf,
    sync: SyncDirectory,
}

/// Why a file has no attestation key, and will not have one by itself.
#[derive(Debug, Error)]
enum Damage {
    #[error("it is not a regular file")]
    NotAFile,
    #[error("it has more than {MOST_BYTES} bytes")]
    TooLong,
    #[error("line {line}, column {column} is not that of an attestation key")]
    NotARecord { line: usize, column: usize },
    #[error("version {0} does not exist, or is newer than this broker supports")]
    OtherVersion(u64),
    #[error("the key in it is not an attestation key")]
    NotAKey,
}

#[derive(Deserialize)]
struct Versioned {
    version: u64,
}

// Without Debug: `key` belongs into no log.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    version: u64,
    uid: u32,
    name: String,
    /// Name of the parent key, in hexadecimal.
    parent: String,
    /// A TSS2 PRIVATE KEY.
    key: String,
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
            Ok((stored, key)) => {
                let is_theirs = stored.name == owner.name().as_str();
                Ok((stored.uid == owner.uid().0 && is_theirs).then_some(key))
            }
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

    /// Deletes that of `owner`, if there is one.
    ///
    /// # Errors
    ///
    /// The disk fails.
    pub(super) fn delete(&self, owner: &Owner) -> Result<(), StoreError> {
        if self.read(owner)?.is_none() {
            return Ok(());
        }
        let path = self.path_of(owner.uid());
        let deleted = fs::remove_file(&path).and_then(|()| (self.sync)(&self.path));
        deleted.map_err(|error| Failure::new("delete", &path, error).report())
    }

    fn put(&self, path: &Path, text: &[u8]) -> io::Result<()> {
        directory::ensure(&self.path)?;
        let mut unnamed = tempfile::Builder::new()
            .prefix(TEMPORARY_PREFIX)
            .permissions(Permissions::from_mode(PRIVATE_FILE))
            .tempfile_in(&self.path)?;
        unnamed.as_file_mut().write_all(text)?;
        unnamed.as_file().sync_all()?;
        unnamed.persist(path)?;
        (self.sync)(&self.path)?;
        // An earlier broker may have made the directory and crashed.
        self.path.parent().map_or(Ok(()), self.sync)
    }

    fn path_of(&self, uid: Uid) -> PathBuf {
        self.path.join(format!("{}{SUFFIX}", uid.0))
    }
}

/// What is in a file; `None` if there is none.
fn read_bytes(path: &Path) -> io::Result<Option<Result<Vec<u8>, Damage>>> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        metadata if !metadata.as_ref().is_ok_and(fs::Metadata::is_file) => {
            return metadata.map(|_| Some(Err(Damage::NotAFile)));
        }
        _ => {}
    }
    // Nothing that could block, and nothing that another name leads to.
    let flags = OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK;
    let opened = OpenOptions::new()
        .read(true)
        .custom_flags(flags.bits())
        .open(path)?;
    let mut bytes = Vec::new();
    opened.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(Some(match bytes.len() as u64 {
        0..=MOST_BYTES => Ok(bytes),
        _ => Err(Damage::TooLong),
    }))
}

fn encode(owner: &Owner, key: &AttestationKey) -> io::Result<String> {
    let stored = Stored {
        version: VERSION,
        uid: owner.uid().0,
        name: owner.name().as_str().to_owned(),
        parent: key.parent().to_string(),
        key: tss2_key::encode(key.blob(), Protection::Nothing).map_err(io::Error::other)?,
    };
    let mut text = serde_json::to_string_pretty(&stored)?;
    text.push('\n');
    Ok(text)
}

fn decode(bytes: &[u8]) -> Result<(Stored, AttestationKey), Damage> {
    // What serde_json says may quote what it read.
    let damaged = |error: serde_json::Error| Damage::NotARecord {
        line: error.line(),
        column: error.column(),
    };
    let Versioned { version } = serde_json::from_slice(bytes).map_err(damaged)?;
    if version != VERSION {
        return Err(Damage::OtherVersion(version));
    }
    let stored: Stored = serde_json::from_slice(bytes).map_err(damaged)?;
    let key = key_of(&stored).ok_or(Damage::NotAKey)?;
    Ok((stored, key))
}

fn key_of(stored: &Stored) -> Option<AttestationKey> {
    let parent = ParentName::from_hex(&stored.parent)?;
    match tss2_key::decode(&stored.key).ok()? {
        (
            KeyBlob {
                public,
                private: PrivatePart::Wrapped(private),
            },
            Protection::Nothing,
        ) => AttestationKey::new(public, private, parent),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
