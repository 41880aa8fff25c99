//! What is in the file of an attestation key.

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::store::{regular_file, tss2_key};
use sshtpm_core::attestation::AttestationKey;
use sshtpm_core::identity::Owner;
use sshtpm_core::key::{KeyBlob, ParentName, PrivatePart, Protection};

/// Longest file, in bytes; one has some 900.
pub(super) const MOST_BYTES: u64 = 4096;

const VERSION: u64 = 1;

/// Why a file has no attestation key, and will not have one by itself.
#[derive(Debug, Error)]
pub(super) enum Damage {
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
pub(super) struct Stored {
    version: u64,
    uid: u32,
    name: String,
    /// Name of the parent key, in hexadecimal.
    parent: String,
    /// A TSS2 PRIVATE KEY.
    key: String,
}

impl Stored {
    pub(super) fn is_of(&self, owner: &Owner) -> bool {
        self.uid == owner.uid().0 && self.name == owner.name().as_str()
    }
}

/// What is in a file; `None` if there is none.
pub(super) fn read_bytes(path: &Path) -> io::Result<Option<Result<Vec<u8>, Damage>>> {
    let file = match regular_file::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    let Some(file) = file else {
        return Ok(Some(Err(Damage::NotAFile)));
    };
    let bytes = regular_file::read(file, MOST_BYTES)?;
    Ok(Some(match bytes.len() as u64 {
        0..=MOST_BYTES => Ok(bytes),
        _ => Err(Damage::TooLong),
    }))
}

pub(super) fn encode(owner: &Owner, key: &AttestationKey) -> io::Result<String> {
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

pub(super) fn decode(bytes: &[u8]) -> Result<(Stored, AttestationKey), Damage> {
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
