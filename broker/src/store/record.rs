//! The stored form of a record, and its conversion from and to [`KeyRecord`].
//!
//! The form is JSON, so that an administrator can read it. The version comes first, and its
//! meaning never changes. Reading and writing check all parts against each other: a record that
//! could not be read back is not written.

mod came;
mod parse;
mod public_key;
mod stored;
mod version;

pub(super) use self::parse::Decoded;
use self::public_key::public_key_text;
use self::stored::{Stored, StoredOwner, Versioned};
use self::version::{VERSION, WITHOUT_RESTRICTIONS};
use super::certificates::StoredCertificates;
use super::damage::{Damage, MAX_RECORD_BYTES, Unreadable};
use super::derived::StoredDerived;
use super::pcrs::StoredPcrs;
use super::persistent::StoredPersistent;
use super::restrictions::StoredRestrictions;
use super::tss2_key;
use sshtpm_core::key::{KeyRecord, PrivatePart};
use sshtpm_ssh::word::Word as _;

/// Writes `record` as text.
///
/// # Errors
///
/// The parts do not belong together, or the record is too long, so that it could not be read back.
pub(super) fn encode(record: &KeyRecord) -> Result<String, Damage> {
    let blob = &record.key.blob;
    let (key, derived) = match &blob.private {
        PrivatePart::Wrapped(_) => (Some(tss2_key::encode(blob, record.key.protection)?), None),
        PrivatePart::Derived(from) => (None, Some(StoredDerived::of(from, &blob.public))),
    };
    let stored = Stored {
        version: VERSION,
        owner: StoredOwner {
            uid: record.owner.uid().0,
            name: record.owner.name().as_str().to_owned(),
        },
        algorithm: record.algorithm.ssh_name().to_owned(),
        bits: record.algorithm.bits(),
        comment: record.comment.as_str().to_owned(),
        created: record.created,
        origin: Some(record.origin.word().to_owned()),
        holding: Some(record.key.holding.word().to_owned()),
        backed_up: Some(record.backed_up),
        restrictions: Some(StoredRestrictions::of(&record.restrictions)?),
        public_key: public_key_text(&record.key.public)?,
        parent: record.key.parent.to_string(),
        key,
        derived,
        persistent: record.key.persistent.as_deref().map(StoredPersistent::of),
        certificates: StoredCertificates::of(&record.certificates)?,
        pcrs: record.key.pcrs.as_deref().map(StoredPcrs::of),
    };
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
