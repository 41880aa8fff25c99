//! Reads the records of a user, and sets damaged ones aside.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nix::errno::Errno;
use nix::unistd::geteuid;

use super::damage::{Damage, MAX_RECORD_BYTES, Unreadable};
use super::directory::{
    self, DAMAGED_SUFFIX, OpenError, PERMISSIONS, RECORD_SUFFIX, TEMPORARY_PREFIX,
};
use super::index::Keys;
use super::record::{self, Decoded};
use super::regular_file;
use super::set_aside::{remove_unfinished, set_aside};
use sshtpm_core::identity::Uid;
use sshtpm_core::key::KeyRecord;
use sshtpm_ssh::fingerprint::Fingerprint;

/// A user's keys are not known, because they could not all be read.
#[derive(Debug)]
pub(super) struct NotRead;

/// The users with a directory under `keys`. What else is there is logged and left alone.
///
/// # Errors
///
/// `keys` itself cannot be read.
pub(super) fn users(keys: &Path) -> Result<Vec<Uid>, OpenError> {
    let entries = fs::read_dir(keys).map_err(|error| OpenError::new(keys, error))?;
    let uid = |path: PathBuf| {
        let uid = uid_of(&path);
        if uid.is_none() {
            tracing::warn!(path = %path.display(), "not a user's directory; left alone");
        }
        uid
    };
    Ok(paths(entries, keys).filter_map(uid).collect())
}

/// Reads all records of one user. Unusable ones are left out and logged; only unfinished files of
/// a crashed broker are deleted.
///
/// # Errors
///
/// The system or the disk fails for the moment. A list without these keys would say that they do
/// not exist.
pub(super) fn keys_of(uid: Uid, keys: &Path) -> Result<Keys, NotRead> {
    let path = directory::user_directory(keys, uid);
    let entries = match directory::check(&path) {
        Ok(()) => fs::read_dir(&path).map_err(directory::Untrusted::Io),
        Err(untrusted) => Err(untrusted),
    };
    let entries = match entries {
        Ok(entries) => entries,
        Err(error) => {
            tracing::error!(path = %path.display(), %error, "keys of a user cannot be read");
            return match error {
                directory::Untrusted::Io(error) if error.kind() != io::ErrorKind::NotFound => {
                    Err(NotRead)
                }
                // An administrator has to fix this and restart the broker.
                _ => Ok(Keys::default()),
            };
        }
    };
    let mut keys = Keys::default();
    for file in paths(entries, &path) {
        let Some((fingerprint, mut record)) = read_entry(&file, uid)? else {
            continue;
        };
        if let Some((_, before)) = keys.last() {
            share(&mut record, before);
        }
        keys.push((fingerprint, Arc::new(record)));
    }
    Ok(keys)
}

/// The record in `path`, which is out of the way of the others. `None` if there is none that can be
/// read.
pub(super) fn archived(path: &Path, uid: Uid) -> Option<KeyRecord> {
    read_record(path, uid).ok().map(|(_, record)| record)
}

/// Shares the parts that are equal in almost all records of a user.
fn share(record: &mut KeyRecord, before: &KeyRecord) {
    if record.owner == before.owner {
        record.owner = before.owner.clone();
    }
    if record.restrictions == before.restrictions {
        record.restrictions = before.restrictions.clone();
    }
    if record.key.parent == before.key.parent {
        record.key.parent = before.key.parent.clone();
    }
}

fn read_entry(path: &Path, uid: Uid) -> Result<Option<(Fingerprint, KeyRecord)>, NotRead> {
    match kind_of(path) {
        Kind::Record => match read_record(path, uid) {
            Ok(read) => return Ok(Some(read)),
            Err(NotServed::Io(error)) if will_pass(&error) => {
                tracing::error!(file = %path.display(), %error, "a key record cannot be read now");
                return Err(NotRead);
            }
            Err(error) => error.settle(path),
        },
        Kind::Unfinished => remove_unfinished(path),
        Kind::SetAside => {}
        Kind::Unknown => tracing::warn!(file = %path.display(), "not a key record; left alone"),
    }
    Ok(None)
}

/// Whether the system lacks a resource for the moment. A record that the disk cannot read is left
/// out, so that its owner still has the others.
fn will_pass(error: &io::Error) -> bool {
    let shortages = [Errno::EMFILE, Errno::ENFILE, Errno::ENOMEM];
    let number = error.raw_os_error().map(Errno::from_raw);
    number.is_some_and(|number| shortages.contains(&number))
}

/// What the name of a file says that it is.
enum Kind {
    Record,
    Unfinished,
    SetAside,
    Unknown,
}

fn kind_of(path: &Path) -> Kind {
    match path.file_name().and_then(|name| name.to_str()) {
        Some(name) if name.starts_with(TEMPORARY_PREFIX) => Kind::Unfinished,
        Some(name) if name.contains(DAMAGED_SUFFIX) => Kind::SetAside,
        Some(name) if name.ends_with(RECORD_SUFFIX) => Kind::Record,
        _ => Kind::Unknown,
    }
}

/// Why a record is not served.
enum NotServed {
    /// What the file says, or what it is.
    Unreadable(Unreadable),
    /// The disk; the record may be as it should be.
    Io(io::Error),
}

impl NotServed {
    fn settle(self, path: &Path) {
        let file = path.display();
        match self {
            Self::Unreadable(Unreadable::Damaged(damage)) => set_aside(path, &damage),
            Self::Unreadable(newer @ Unreadable::Newer(_)) => {
                tracing::warn!(%file, reason = %newer, "a key record is left alone");
            }
            Self::Io(error) => tracing::error!(%file, %error, "a key record cannot be read"),
        }
    }
}

impl From<Damage> for NotServed {
    fn from(damage: Damage) -> Self {
        Self::Unreadable(damage.into())
    }
}

fn read_record(path: &Path, uid: Uid) -> Result<(Fingerprint, KeyRecord), NotServed> {
    let bytes = read_file(path)?;
    let Decoded { record, left_out } = record::decode(&bytes).map_err(NotServed::Unreadable)?;
    if record.owner.uid() != uid {
        return Err(Damage::OtherDirectory.into());
    }
    let fingerprint = record.fingerprint();
    let name = directory::file_name(fingerprint);
    if path.file_name() != Some(name.as_ref()) {
        return Err(Damage::OtherName.into());
    }
    if left_out > 0 {
        let file = path.display();
        tracing::warn!(%file, left_out, "damaged certificates of a key are left out");
    }
    Ok((fingerprint, record))
}

fn read_file(path: &Path) -> Result<Vec<u8>, NotServed> {
    let file = regular_file::open(path).map_err(NotServed::Io)?;
    let file = file.ok_or(Damage::NotAFile)?;
    check_file(&file)?;
    regular_file::read(file, MAX_RECORD_BYTES as u64).map_err(NotServed::Io)
}

fn check_file(file: &File) -> Result<(), NotServed> {
    let metadata = file.metadata().map_err(NotServed::Io)?;
    if metadata.uid() != geteuid().as_raw() {
        return Err(Damage::ForeignFile(metadata.uid()).into());
    }
    match metadata.mode() & PERMISSIONS {
        mode if mode & FOR_OTHERS != 0 => Err(Damage::OpenToOthers(mode).into()),
        _ => Ok(()),
    }
}

const FOR_OTHERS: u32 = 0o077;

fn paths(entries: fs::ReadDir, directory: &Path) -> impl Iterator<Item = PathBuf> {
    entries.filter_map(move |entry| match entry {
        Ok(entry) => Some(entry.path()),
        Err(error) => {
            tracing::error!(path = %directory.display(), %error, "a directory cannot be read");
            None
        }
    })
}

/// The uid for which a directory is named, in its usual form.
fn uid_of(path: &Path) -> Option<Uid> {
    let name = path.file_name()?.to_str()?;
    let uid = name.parse::<u32>().ok()?;
    (uid.to_string() == name).then_some(Uid(uid))
}

#[cfg(test)]
mod tests;
