//! The PINs that are remembered.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::Pin;
use super::key_id::{KeyId, id};
use crate::key::{KeyBlob, KeyRecord};

/// For each key its PIN, as long as its time lasts.
#[derive(Debug, Default)]
pub(super) struct Remembered {
    pins: HashMap<KeyId, Entry>,
}

#[derive(Debug)]
struct Entry {
    pin: Arc<Pin>,
    /// Which key it opened: after a change of the PIN, the same key is another blob.
    blob: KeyBlob,
    until: Duration,
}

impl Remembered {
    pub(super) fn insert(&mut self, record: &KeyRecord, pin: Arc<Pin>, until: Duration) {
        let blob = record.key.blob.clone();
        self.pins.insert(id(record), Entry { pin, blob, until });
    }

    pub(super) fn get(&self, record: &KeyRecord, now: Duration) -> Option<Arc<Pin>> {
        let entry = self.pins.get(&id(record))?;
        let is_it = now < entry.until && entry.blob == record.key.blob;
        is_it.then(|| Arc::clone(&entry.pin))
    }

    /// Remembers nothing for longer than until `latest`.
    pub(super) fn shorten(&mut self, latest: Duration) {
        for entry in self.pins.values_mut() {
            entry.until = entry.until.min(latest);
        }
    }

    pub(super) fn forget(&mut self, of: impl Fn(&KeyId) -> bool) {
        self.pins.retain(|key, _| !of(key));
    }

    pub(super) fn sweep(&mut self, now: Duration) {
        self.pins.retain(|_, entry| now < entry.until);
    }
}
