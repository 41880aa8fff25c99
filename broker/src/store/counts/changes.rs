//! How often within a day the broker had the TPM keep a key by itself: `counts/kept-by-use.json`.

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::file::{Damage, NotRead, read_bytes, replace};
use sshtpm_core::by_use::{Change, Changes};
use sshtpm_core::identity::Uid;

pub(super) const FILE: &str = "kept-by-use.json";

const VERSION: u64 = 1;

/// Longest list, as the core writes it.
const MOST: usize = 12;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    version: u64,
    changes: Vec<StoredChange>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredChange {
    uid: u32,
    of_host: bool,
    /// Seconds since 1970-01-01 UTC.
    at: u64,
}

/// Reads the list in the file at `path`.
///
/// # Errors
///
/// It is damaged, or the disk fails.
pub(super) fn read(path: &Path) -> Result<Changes, NotRead> {
    let bytes = read_bytes(path)?;
    let parsed: Result<Stored, _> = serde_json::from_slice(&bytes);
    let stored = parsed.map_err(|error| Damage::at(&error))?;
    if stored.version != VERSION {
        return Err(Damage::OtherVersion.into());
    }
    if stored.changes.len() > MOST {
        return Err(Damage::TooLong.into());
    }
    let changes = stored.changes.into_iter().map(|one| Change {
        uid: Uid(one.uid),
        of_host: one.of_host,
        at: one.at,
    });
    Ok(Changes::new(changes.collect()))
}

/// Writes the list to the file at `path`, in the place of the one before. It is on the disk when
/// this returns.
///
/// # Errors
///
/// The disk is full or fails. The file before is still there then.
pub(super) fn write(path: &Path, changes: &Changes) -> io::Result<()> {
    let changes = changes.all().iter().map(|one| StoredChange {
        uid: one.uid.0,
        of_host: one.of_host,
        at: one.at,
    });
    let stored = Stored {
        version: VERSION,
        changes: changes.collect(),
    };
    replace(path, &serde_json::to_vec(&stored)?)
}

#[cfg(test)]
mod tests;
