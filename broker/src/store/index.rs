//! Key records, in memory, by owner and fingerprint; and whose are on the disk alone.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use tokio::sync::Mutex;

use crate::core::fingerprint::Fingerprint;
use crate::core::identity::{Owner, Uid};
use crate::core::key::KeyRecord;

/// An owner is a uid *and* a name: who got the uid of somebody else finds nothing here.
#[derive(Debug, Default)]
pub(super) struct Index {
    owners: HashMap<Owner, BTreeMap<Fingerprint, Arc<KeyRecord>>>,
    unread: BTreeMap<Uid, Turn>,
}

/// Whoever holds it reads the keys of one user.
pub(super) type Turn = Arc<Mutex<()>>;

/// All that is stored of one user.
pub(super) type Keys = Vec<(Fingerprint, Arc<KeyRecord>)>;

impl Index {
    /// One of which all is on the disk: keys of these users.
    pub(super) fn unread(users: impl IntoIterator<Item = Uid>) -> Self {
        let unread = users.into_iter().map(|uid| (uid, Turn::default()));
        Self {
            unread: unread.collect(),
            ..Self::default()
        }
    }

    /// The turn of who reads the keys of `uid`. `None`: they are read.
    pub(super) fn turn(&self, uid: Uid) -> Option<Turn> {
        self.unread.get(&uid).cloned()
    }

    /// Those of all users whose keys are not read.
    pub(super) fn turns(&self) -> Vec<(Uid, Turn)> {
        let unread = self.unread.iter();
        unread.map(|(uid, turn)| (*uid, turn.clone())).collect()
    }

    /// Takes the keys of `uid`, which are read with that.
    pub(super) fn put(&mut self, uid: Uid, keys: Keys) {
        for (fingerprint, record) in keys {
            let owner = self.owners.entry(record.owner.clone()).or_default();
            owner.insert(fingerprint, record);
        }
        self.unread.remove(&uid);
    }

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

    /// How many keys `owner` has, if they are read.
    pub(super) fn count(&self, owner: &Owner) -> Option<usize> {
        let is_read = !self.unread.contains_key(&owner.uid());
        is_read.then(|| self.owners.get(owner).map_or(0, BTreeMap::len))
    }

    /// All keys, whoever owns them, that the TPM itself keeps.
    pub(super) fn promoted(&self) -> Vec<Arc<KeyRecord>> {
        let records = self.owners.values().flat_map(BTreeMap::values);
        let promoted = records.filter(|record| record.key.persistent.is_some());
        promoted.cloned().collect()
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
