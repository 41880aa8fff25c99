//! All key records, in memory, by owner and fingerprint.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::core::fingerprint::Fingerprint;
use crate::core::identity::Owner;
use crate::core::key::KeyRecord;

/// An owner is a uid *and* a name: who got the uid of somebody else finds nothing here.
#[derive(Debug, Default)]
pub(super) struct Index {
    owners: HashMap<Owner, BTreeMap<Fingerprint, Arc<KeyRecord>>>,
}

impl Index {
    /// Adds `record`, or puts it in the place of the same key's older one.
    pub(super) fn insert(&mut self, record: KeyRecord) {
        let fingerprint = record.fingerprint();
        self.owners
            .entry(record.owner.clone())
            .or_default()
            .insert(fingerprint, Arc::new(record));
    }

    pub(super) fn remove(&mut self, owner: &Owner, fingerprint: Fingerprint) {
        if let Some(keys) = self.owners.get_mut(owner) {
            keys.remove(&fingerprint);
            if keys.is_empty() {
                self.owners.remove(owner);
            }
        }
    }

    pub(super) fn find(&self, owner: &Owner, fingerprint: Fingerprint) -> Option<Arc<KeyRecord>> {
        self.owners.get(owner)?.get(&fingerprint).cloned()
    }

    /// The keys of `owner`, the oldest first; those of one second in the order of fingerprints.
    pub(super) fn list(&self, owner: &Owner) -> Vec<Arc<KeyRecord>> {
        let keys = self.owners.get(owner);
        let mut records: Vec<_> = keys
            .into_iter()
            .flat_map(BTreeMap::values)
            .cloned()
            .collect();
        records.sort_by_key(|record| record.created);
        records
    }

    /// Number of keys of all owners.
    pub(super) fn len(&self) -> usize {
        self.owners.values().map(BTreeMap::len).sum()
    }

    /// Everybody who has keys, and how many.
    pub(super) fn owners(&self) -> Vec<(Owner, usize)> {
        let owners = self.owners.iter();
        owners
            .map(|(owner, keys)| (owner.clone(), keys.len()))
            .collect()
    }
}
