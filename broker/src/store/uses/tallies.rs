//! How often each key signed: in memory, and in a file for each user.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::store::directory::{self, TEMPORARY_PREFIX};
use crate::store::unnamed;
use sshtpm_core::identity::{Owner, Uid, UserName};
use sshtpm_core::uses::Tally;
use sshtpm_ssh::fingerprint::Fingerprint;

/// Most keys of one user that are counted: more than a user can be given.
const MOST_KEYS: usize = 16_384;

/// Longest file, in bytes; one with [`MOST_KEYS`] has less than half of it.
const MOST_BYTES: u64 = 8 * 1024 * 1024;

const SUFFIX: &str = ".counts.json";

/// How often each key signed.
#[derive(Debug, Default)]
pub(super) struct Tallies {
    owners: HashMap<Owner, BTreeMap<Fingerprint, Tally>>,
    /// Those of whom the file says something else.
    changed: HashSet<Uid>,
}

impl Tallies {
    /// Reads what is in `directory`. What cannot be read is logged, and begins at nothing.
    pub(super) fn read(directory: &Path) -> Self {
        let mut tallies = Self::default();
        let entries = match directory::check(directory) {
            Ok(()) => fs::read_dir(directory).map_err(directory::Untrusted::Io),
            Err(untrusted) => Err(untrusted),
        };
        match entries {
            Ok(entries) => entries
                .flatten()
                .for_each(|entry| tallies.read_entry(&entry.path())),
            Err(directory::Untrusted::Io(error)) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                let path = directory.display();
                tracing::warn!(%path, %error, "cannot read the counts of signatures");
            }
        }
        tallies
    }

    pub(super) fn of(&self, owner: &Owner, key: Fingerprint) -> Tally {
        let keys = self.owners.get(owner);
        keys.and_then(|keys| keys.get(&key))
            .copied()
            .unwrap_or_default()
    }

    /// One more signature.
    pub(super) fn count(&mut self, owner: &Owner, key: Fingerprint, time: u64) {
        let keys = self.owners.entry(owner.clone()).or_default();
        if keys.len() >= MOST_KEYS && !keys.contains_key(&key) {
            return;
        }
        let tally = keys.entry(key).or_default();
        *tally = tally.after(time);
        self.changed.insert(owner.uid());
    }

    pub(super) fn forget(&mut self, owner: &Owner, key: Fingerprint) {
        let forgotten = self
            .owners
            .get_mut(owner)
            .and_then(|keys| keys.remove(&key));
        if forgotten.is_some() {
            self.changed.insert(owner.uid());
        }
    }

    pub(super) fn forget_owner(&mut self, owner: &Owner) {
        if self.owners.remove(owner).is_some() {
            self.changed.insert(owner.uid());
        }
    }

    pub(super) fn are_changed(&self) -> bool {
        !self.changed.is_empty()
    }

    /// The files that have to be written; from now on they count as written.
    pub(super) fn take_changed(&mut self) -> Vec<Counts> {
        let changed = std::mem::take(&mut self.changed);
        changed.into_iter().map(|uid| self.counts(uid)).collect()
    }

    /// Has the file of `uid` written later.
    pub(super) fn not_written(&mut self, uid: Uid) {
        self.changed.insert(uid);
    }

    fn counts(&self, uid: Uid) -> Counts {
        let owners = self.owners.iter().filter(|(owner, _)| owner.uid() == uid);
        let keys = owners.flat_map(|(owner, keys)| {
            keys.iter().map(|(key, tally)| Count {
                owner: owner.name().as_str().to_owned(),
                key: key.to_string(),
                signatures: tally.signatures,
                last: tally.last,
            })
        });
        Counts {
            uid,
            keys: keys.collect(),
        }
    }

    fn read_entry(&mut self, path: &Path) {
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            return;
        };
        if name.starts_with(TEMPORARY_PREFIX) {
            // A broker crashed while it wrote it; the one before is there.
            drop(fs::remove_file(path));
        } else if let Some(uid) = uid_of(name)
            && let Err(error) = self.read_counts(path, uid)
        {
            let path = path.display();
            tracing::warn!(%path, %error, "cannot read the counts of a user's signatures");
        }
    }

    fn read_counts(&mut self, path: &Path, uid: Uid) -> io::Result<()> {
        if !fs::symlink_metadata(path)?.is_file() {
            return Err(io::Error::other("it is not a regular file"));
        }
        let mut bytes = Vec::new();
        File::open(path)?.take(MOST_BYTES).read_to_end(&mut bytes)?;
        // What serde_json says may quote what it read.
        let stored: Stored = serde_json::from_slice(&bytes)
            .map_err(|error| io::Error::other(format!("line {} is damaged", error.line())))?;
        if stored.version != VERSION {
            return Err(io::Error::other("it is of another version"));
        }
        for count in stored.keys {
            if let (Some(name), Ok(key)) = (UserName::new(count.owner), count.key.parse()) {
                let keys = self.owners.entry(Owner::new(uid, name)).or_default();
                let tally = Tally {
                    signatures: count.signatures,
                    last: count.last,
                };
                keys.insert(key, tally);
            }
        }
        Ok(())
    }
}

/// `<uid>.counts.json`, the uid in its usual form.
fn uid_of(name: &str) -> Option<Uid> {
    let digits = name.strip_suffix(SUFFIX)?;
    let uid = digits.parse::<u32>().ok()?;
    (uid.to_string() == digits).then_some(Uid(uid))
}

/// What is to be in the file of one user.
#[derive(Debug)]
pub(super) struct Counts {
    pub(super) uid: Uid,
    keys: Vec<Count>,
}

impl Counts {
    /// Writes it to `directory`, in the place of the one before. Without a key there is none.
    ///
    /// # Errors
    ///
    /// The disk is full or fails, or the directory is not in our hands alone.
    pub(super) fn write(&self, directory: &Path) -> io::Result<()> {
        directory::ensure(directory)?;
        if self.keys.is_empty() {
            return self.remove(directory);
        }
        let stored = Stored {
            version: VERSION,
            keys: self.keys.clone(),
        };
        let text = serde_json::to_vec(&stored)?;
        unnamed::write(directory, &text)?.persist(self.path(directory))?;
        Ok(())
    }

    fn remove(&self, directory: &Path) -> io::Result<()> {
        match fs::remove_file(self.path(directory)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn path(&self, directory: &Path) -> PathBuf {
        directory.join(format!("{}{SUFFIX}", self.uid.0))
    }
}

const VERSION: u64 = 1;

#[derive(Serialize, Deserialize)]
struct Stored {
    version: u64,
    keys: Vec<Count>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Count {
    owner: String,
    /// Fingerprint.
    key: String,
    signatures: u64,
    /// Seconds since 1970-01-01 UTC.
    last: Option<u64>,
}
