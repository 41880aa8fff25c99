//! One file of counts.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::store::directory;
use crate::store::regular_file;
use crate::store::unnamed;
use sshtpm_core::counts::{Counts, WrongPins};
use sshtpm_core::identity::{Owner, Uid, UserName};

/// Longest file, in bytes: 10,000 keys in an hour and 1,000 wrong PINs, the most that can be
/// configured, have less than half of it.
const MOST_BYTES: u64 = 1024 * 1024;

const VERSION: u64 = 1;

/// Why the counts are not known.
#[derive(Debug, Error)]
pub(super) enum NotRead {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error(transparent)]
    Damaged(#[from] Damage),
}

/// Why a file is not one of counts, and will not become one by itself.
#[derive(Debug, Error)]
pub(super) enum Damage {
    #[error("it is not a regular file")]
    NotAFile,
    #[error("it has more than {MOST_BYTES} bytes")]
    TooLong,
    #[error("line {line}, column {column} is not in the form of such counts")]
    NotCounts { line: usize, column: usize },
    #[error("it is of another version")]
    OtherVersion,
    #[error("a name in it is not that of a user, or of a key")]
    Name,
}

impl Damage {
    /// Where it begins. What serde_json says may quote what it read.
    pub(super) fn at(error: &serde_json::Error) -> Self {
        Self::NotCounts {
            line: error.line(),
            column: error.column(),
        }
    }
}

/// Reads the counts in the file at `path`, and when they were written.
///
/// # Errors
///
/// It is damaged, or the disk fails.
pub(super) fn read(path: &Path) -> Result<(Counts, Duration), NotRead> {
    Ok(parse(&read_bytes(path)?)?)
}

/// Reads a file of bounded length.
///
/// # Errors
///
/// It is not a file, is too long, or the disk fails.
pub(super) fn read_bytes(path: &Path) -> Result<Vec<u8>, NotRead> {
    let file = regular_file::open(path)?.ok_or(Damage::NotAFile)?;
    let bytes = regular_file::read(file, MOST_BYTES)?;
    match bytes.len() as u64 > MOST_BYTES {
        true => Err(Damage::TooLong.into()),
        false => Ok(bytes),
    }
}

/// Writes `counts` to the file at `path`, in the place of the one before, with the time `now`. It
/// is on the disk when this returns. Empty counts have no file.
///
/// # Errors
///
/// The disk is full or fails. The file before is still there then.
pub(super) fn write(path: &Path, counts: &Counts, now: Duration) -> io::Result<()> {
    if counts.is_empty() {
        return match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        };
    }
    replace(path, &serde_json::to_vec(&Stored::new(counts, now))?)
}

/// Puts `bytes` in the place of the file at `path`. They are on the disk when this returns.
///
/// # Errors
///
/// The disk is full or fails. The file before is still there then.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let parent = path.parent().unwrap_or(path);
    directory::ensure(parent)?;
    unnamed::write(parent, bytes)?.persist(path)?;
    File::open(parent)?.sync_all()
}

fn parse(bytes: &[u8]) -> Result<(Counts, Duration), Damage> {
    let damaged = |error| Damage::at(&error);
    let Version { version } = serde_json::from_slice(bytes).map_err(damaged)?;
    if version != VERSION {
        return Err(Damage::OtherVersion);
    }
    let stored: Stored = serde_json::from_slice(bytes).map_err(damaged)?;
    let written = Duration::from_millis(stored.written);
    stored.counts().map(|counts| (counts, written))
}

#[derive(Deserialize)]
struct Version {
    version: u64,
}

/// Moments and times are in milliseconds, moments since boot.
#[derive(Serialize, Deserialize)]
struct Stored {
    version: u64,
    written: u64,
    keys: Vec<StoredKey>,
    tries: Vec<u64>,
    recovery: u64,
    forgot: u64,
    generated: Vec<u64>,
}

#[derive(Serialize, Deserialize)]
struct StoredKey {
    uid: u32,
    name: String,
    /// Fingerprint.
    key: String,
    wrong: u32,
    not_before: u64,
}

impl Stored {
    fn new(counts: &Counts, now: Duration) -> Self {
        let key = |one: &WrongPins| StoredKey {
            uid: one.owner.uid().0,
            name: one.owner.name().as_str().to_owned(),
            key: one.key.to_string(),
            wrong: one.wrong,
            not_before: milliseconds(&one.not_before),
        };
        Self {
            version: VERSION,
            written: milliseconds(&now),
            keys: counts.keys.iter().map(key).collect(),
            tries: counts.tries.iter().map(milliseconds).collect(),
            recovery: milliseconds(&counts.recovery),
            forgot: milliseconds(&counts.forgot),
            generated: counts.generated.iter().map(milliseconds).collect(),
        }
    }

    fn counts(self) -> Result<Counts, Damage> {
        let durations = |all: Vec<u64>| all.into_iter().map(Duration::from_millis).collect();
        let key = |one: StoredKey| {
            let name = UserName::new(one.name).ok_or(Damage::Name)?;
            Ok(WrongPins {
                owner: Owner::new(Uid(one.uid), name),
                key: one.key.parse().map_err(|_| Damage::Name)?,
                wrong: one.wrong,
                not_before: Duration::from_millis(one.not_before),
            })
        };
        Ok(Counts {
            keys: self.keys.into_iter().map(key).collect::<Result<_, _>>()?,
            tries: durations(self.tries),
            recovery: Duration::from_millis(self.recovery),
            forgot: Duration::from_millis(self.forgot),
            generated: durations(self.generated),
        })
    }
}

fn milliseconds(time: &Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
