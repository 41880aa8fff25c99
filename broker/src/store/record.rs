//! The stored form of a record, and its conversion from and to [`KeyRecord`].
//!
//! The form is JSON, so that an administrator can read it. The version comes first, and its
//! meaning never changes. Reading and writing check all parts against each other: a record that
//! could not be read back is not written.

mod came;
mod parse;
mod public_key;
mod stored;
mod tpm_key;
mod version;

pub(super) use self::parse::Decoded;
use self::stored::{Stored, Versioned};
use self::version::{VERSION, WITHOUT_RESTRICTIONS};
use super::damage::{Damage, MAX_RECORD_BYTES, Unreadable};
use sshtpm_core::key::KeyRecord;

/// Writes `record` as text.
///
/// # Errors
///
/// The parts do not belong together, or the record is too long, so that it could not be read back.
pub(super) fn encode(record: &KeyRecord) -> Result<String, Damage> {
    let stored = Stored::of(record)?;
    let mut text = serde_json::to_string_pretty(&stored).map_err(not_a_record)?;
    text.push('\n');
    if stored.parse()?.left_out > 0 {
        return Err(Damage::Certificates);
    }
    match text.len() {
        0..=MAX_RECORD_BYTES => Ok(text),
        _ => Err(Damage::TooLong),
    }
}

/// Reads a record.
///
/// # Errors
///
/// The record has a newer version, or is damaged beyond its certificates.
pub(super) fn decode(bytes: &[u8]) -> Result<Decoded, Unreadable> {
    if bytes.len() > MAX_RECORD_BYTES {
        return Err(Damage::TooLong.into());
    }
    let Versioned { version } = serde_json::from_slice(bytes).map_err(not_a_record)?;
    match version {
        WITHOUT_RESTRICTIONS..=VERSION => {
            let stored: Stored = serde_json::from_slice(bytes).map_err(not_a_record)?;
            Ok(stored.parse()?)
        }
        newer if newer > VERSION => Err(Unreadable::Newer(newer)),
        never => Err(Damage::NoSuchVersion(never).into()),
    }
}

/// Only the position: the message of serde_json may quote what it read.
fn not_a_record(error: serde_json::Error) -> Damage {
    Damage::NotARecord {
        line: error.line(),
        column: error.column(),
    }
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;
