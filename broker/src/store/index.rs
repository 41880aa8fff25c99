//! Key records in memory, by owner and fingerprint, and the users whose keys are still to be read.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use tokio::sync::Mutex;

use sshtpm_core::identity::{Owner, Uid};
use sshtpm_core::key::KeyRecord;
use sshtpm_ssh::fingerprint::Fingerprint;

/// An owner is a uid *and* a name: a new user with a recycled uid finds nothing here.
#[derive(Debug, Default)]
pub(super) struct Index {
    owners: HashMap<Owner, Sorted>,
    unread: BTreeMap<Uid, Turn>,
}

/// Its holder reads the keys of one user.
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

    /// The turn to read the keys of `uid`. `None`: they are read.
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
        let mut owners: HashMap<Owner, Keys> = HashMap::new();
        for (fingerprint, record) in keys {
            let owner = owners.entry(record.owner.clone()).or_default();
            owner.push((fingerprint, record));
        }
        let sorted = owners
            .into_iter()
            .map(|(owner, keys)| (owner, Sorted::from(keys)));
        self.owners.extend(sorted);
        self.unread.remove(&uid);
    }

    /// Adds `record`, or puts it in the place of the same key's older one.
    pub(super) fn insert(&mut self, record: KeyRecord) {
        let fingerprint = record.fingerprint();
        self.owners
            .entry(record.owner.clone())
            .or_default()
            .put(fingerprint, Arc::new(record));
    }

    pub(super) fn remove(&mut self, owner: &Owner, fingerprint: Fingerprint) {
        if let Some(keys) = self.owners.get_mut(owner) {
            keys.remove(fingerprint);
            if keys.0.is_empty() {
                self.owners.remove(owner);
            }
        }
    }

    pub(super) fn find(&self, owner: &Owner, fingerprint: Fingerprint) -> Option<Arc<KeyRecord>> {
        self.owners.get(owner)?.find(fingerprint).cloned()
    }

    /// Whether anybody but `owner` has a key of this name.
    pub(super) fn another_has(&self, owner: &Owner, fingerprint: Fingerprint) -> bool {
        let mut others = self.owners.iter().filter(|(other, _)| *other != owner);
        others.any(|(_, keys)| keys.find(fingerprint).is_some())
    }

    /// The keys of `owner`, the oldest first; those of one second in the order of fingerprints.
    pub(super) fn list(&self, owner: &Owner) -> Vec<Arc<KeyRecord>> {
        let keys = self.owners.get(owner).into_iter();
        let mut records: Vec<_> = keys.flat_map(Sorted::records).cloned().collect();
        records.sort_by_key(|record| record.created);
        records
    }

    /// How many keys `owner` has, if they are read.
    pub(super) fn count(&self, owner: &Owner) -> Option<usize> {
        let is_read = !self.unread.contains_key(&owner.uid());
        is_read.then(|| self.owners.get(owner).map_or(0, |keys| keys.0.len()))
    }

    /// The keys of all owners that the TPM itself keeps.
    pub(super) fn promoted(&self) -> Vec<Arc<KeyRecord>> {
        let records = self.owners.values().flat_map(Sorted::records);
        let promoted = records.filter(|record| record.key.persistent.is_some());
        promoted.cloned().collect()
    }

    /// Number of keys of all owners.
    pub(super) fn len(&self) -> usize {
        self.owners.values().map(|keys| keys.0.len()).sum()
    }

    /// All owners of keys, and how many each has.
    pub(super) fn owners(&self) -> Vec<(Owner, usize)> {
        let owners = self.owners.iter();
        owners
            .map(|(owner, keys)| (owner.clone(), keys.0.len()))
            .collect()
    }
}

/// One user's keys in the order of fingerprints: as many as people have, and no larger than they
/// are.
#[derive(Debug, Default)]
struct Sorted(Keys);

impl From<Keys> for Sorted {
    fn from(mut keys: Keys) -> Self {
        keys.sort_unstable_by_key(|(fingerprint, _)| *fingerprint);
        keys.shrink_to_fit();
        Self(keys)
    }
}

impl Sorted {
    /// Where a key is, or else where it belongs.
    fn place(&self, fingerprint: Fingerprint) -> Result<usize, usize> {
        self.0.binary_search_by_key(&fingerprint, |(one, _)| *one)
    }

    fn find(&self, fingerprint: Fingerprint) -> Option<&Arc<KeyRecord>> {
        let place = self.place(fingerprint).ok()?;
        self.0.get(place).map(|(_, record)| record)
    }

    fn put(&mut self, fingerprint: Fingerprint, record: Arc<KeyRecord>) {
        let place = self.place(fingerprint);
        if let Ok(place) = place {
            self.0.remove(place);
        }
        let (Ok(place) | Err(place)) = place;
        self.0.insert(place, (fingerprint, record));
    }

    fn remove(&mut self, fingerprint: Fingerprint) {
        if let Ok(place) = self.place(fingerprint) {
            self.0.remove(place);
        }
    }

    fn records(&self) -> impl Iterator<Item = &Arc<KeyRecord>> {
        self.0.iter().map(|(_, record)| record)
    }
}

// The index is whole between any two of its calls, so a panic elsewhere does not spoil it.

pub(super) fn read_index(index: &RwLock<Index>) -> RwLockReadGuard<'_, Index> {
    index.read().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn write_index(index: &RwLock<Index>) -> RwLockWriteGuard<'_, Index> {
    index.write().unwrap_or_else(PoisonError::into_inner)
}
