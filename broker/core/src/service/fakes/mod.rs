//! Ports that do what a test wrote down, in that order, and panic on everything else.
//!
//! Reading the store is truthful: it is answered from the records that a test put there.

mod authority;
mod clock;
mod counts;
mod keeping;
mod measuring;
mod script;
mod seats;
mod store;
mod tpm;
mod users;
mod uses;

pub(super) use script::{Answer, Call};

use std::collections::{HashMap, VecDeque};
use std::fmt::Debug;
use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::time::{Duration, Instant};

use crate::algorithm::Wanted;
use crate::attestation::AttestationKey;
use crate::by_use::Changes;
use crate::comment::Comment;
use crate::counts::Counts;
use crate::error::Error;
use crate::identity::{Caller, Owner, Uid};
use crate::key::KeyRecord;
use crate::pins::Pin;
use crate::ports::{Found, Ports, StoreError};
use crate::requests::NewKey;
use crate::restrictions::Change;
use crate::service::{Limits, ListedKey, Service};
use crate::tpm_facts::TpmStatus;
use crate::uses::{Tally, Use};
use sshtpm_ssh::fingerprint::Fingerprint;

/// All ports in one.
#[derive(Debug, Default)]
pub(super) struct Fakes {
    script: Mutex<VecDeque<(Call, Answer)>>,
    records: Mutex<Vec<Arc<KeyRecord>>>,
    archived: Mutex<Vec<Arc<KeyRecord>>>,
    attestation_keys: Mutex<HashMap<Owner, Arc<AttestationKey>>>,
    status: Mutex<Option<TpmStatus>>,
    /// How long ago the first look at the clock was.
    passed: Mutex<Duration>,
    start: OnceLock<Instant>,
    noted: Mutex<Vec<Use>>,
    tallies: Mutex<HashMap<(Owner, Fingerprint), Tally>>,
    /// What was kept of each user, and when; `None` while the disk is full.
    kept: Mutex<Option<HashMap<Uid, (Counts, Duration)>>>,
    /// What the disk has of changes by use.
    changes: Mutex<Changes>,
    /// The keys that the TPM was told of before they were used.
    prepared: Mutex<Vec<Fingerprint>>,
    /// The sealed keys that were to be kept ready no longer; `None` for all.
    wiped: Mutex<Vec<Option<Fingerprint>>>,
    /// What became of derived keys.
    found: Mutex<HashMap<Fingerprint, Found>>,
}

impl Fakes {
    /// A service before which nothing is expected to happen.
    pub(super) fn service(limits: Limits, host: &Owner) -> Service<Self> {
        let fakes = Self::default();
        fakes.set_disk(true);
        Service::new(fakes, limits, host.name().clone())
    }

    /// After what was expected already, these calls follow.
    pub(super) fn expect(&self, steps: impl IntoIterator<Item = (Call, Answer)>) {
        locked(&self.script).extend(steps);
    }

    pub(super) fn store(&self, record: KeyRecord) {
        locked(&self.records).push(Arc::new(record));
    }

    pub(super) fn forget(&self, record: &KeyRecord) {
        locked(&self.records).retain(|one| **one != *record);
    }

    pub(super) fn archive(&self, record: KeyRecord) {
        locked(&self.archived).push(Arc::new(record));
    }

    /// Deletes all keys.
    pub(super) fn delete_all(&self) {
        locked(&self.records).clear();
    }

    pub(super) fn stored(&self) -> Vec<Arc<KeyRecord>> {
        locked(&self.records).clone()
    }

    /// Keeps an attestation key of `owner`.
    pub(super) fn store_attestation_key(&self, owner: &Owner, key: AttestationKey) {
        locked(&self.attestation_keys).insert(owner.clone(), Arc::new(key));
    }

    /// The attestation key of `owner` that is kept.
    pub(super) fn stored_attestation_key(&self, owner: &Owner) -> Option<AttestationKey> {
        let keys = locked(&self.attestation_keys);
        keys.get(owner).map(|key| AttestationKey::clone(key))
    }

    /// Lets the TPM's status be looked at.
    pub(super) fn set_status(&self, status: TpmStatus) {
        *locked(&self.status) = Some(status);
    }

    /// Lets time pass.
    pub(super) fn pass(&self, time: Duration) {
        *locked(&self.passed) += time;
    }

    /// What was noted up to now.
    pub(super) fn noted(&self) -> Vec<Use> {
        locked(&self.noted).clone()
    }

    /// The keys of which the TPM was told that they will perhaps be used.
    pub(super) fn prepared(&self) -> Vec<Fingerprint> {
        locked(&self.prepared).clone()
    }

    /// The sealed keys that were to be kept ready no longer; `None` for all.
    pub(super) fn wiped(&self) -> Vec<Option<Fingerprint>> {
        locked(&self.wiped).clone()
    }

    /// The TPM derived this of the words of a key.
    pub(super) fn set_found(&self, key: Fingerprint, found: Found) {
        locked(&self.found).insert(key, found);
    }

    /// A key signed so often.
    pub(super) fn set_tally(&self, owner: &Owner, key: Fingerprint, tally: Tally) {
        locked(&self.tallies).insert((owner.clone(), key), tally);
    }

    fn answer(&self, call: &Call) -> Answer {
        let step = locked(&self.script).pop_front();
        let Some((expected, answer)) = step else {
            panic!("no further call was expected, but there is {call:?}");
        };
        assert_eq!(*call, expected, "something else was expected");
        answer
    }

    fn read(&self, call: &Call) -> MutexGuard<'_, Vec<Arc<KeyRecord>>> {
        let answer = self.answer(call);
        assert!(matches!(answer, Answer::AsStored), "{answer:?} to {call:?}");
        locked(&self.records)
    }

    async fn change(&self, call: &Call) -> Result<(), StoreError> {
        match self.answer(call) {
            Answer::Changed(result) => result,
            answer => unfit(call, answer).await,
        }
    }

    async fn replace(&self, call: &Call) -> Result<Arc<KeyRecord>, StoreError> {
        match self.answer(call) {
            Answer::Replaced(result) => result,
            answer => unfit(call, answer).await,
        }
    }
}

impl Drop for Fakes {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let left = locked(&self.script);
            assert!(left.is_empty(), "expected in vain: {left:?}");
        }
    }
}

/// Waits for ever where that was wanted.
async fn unfit<T>(call: &Call, answer: Answer) -> T {
    match answer {
        Answer::Waits => pending().await,
        answer => panic!("{answer:?} is no answer to {call:?}"),
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no test goes on after a panic")
}

fn bytes(pin: &Pin) -> Vec<u8> {
    pin.as_bytes().to_vec()
}

impl Ports for Fakes {
    type Tpm = Self;
    type Authority = Self;
    type Store = Self;
    type Uses = Self;
    type Counts = Self;
    type Seats = Self;
    type Users = Self;
    type Clock = Self;

    fn tpm(&self) -> &Self {
        self
    }

    fn authority(&self) -> &Self {
        self
    }

    fn store(&self) -> &Self {
        self
    }

    fn uses(&self) -> &Self {
        self
    }

    fn counts(&self) -> &Self {
        self
    }

    fn seats(&self) -> &Self {
        self
    }

    fn users(&self) -> &Self {
        self
    }

    fn clock(&self) -> &Self {
        self
    }
}

impl Service<Fakes> {
    /// Both steps of generating a key.
    pub(super) async fn generate(
        &self,
        caller: Caller,
        named: Option<Owner>,
        wanted: Wanted,
        comment: Comment,
    ) -> Result<ListedKey, Error> {
        let new = NewKey {
            wanted,
            comment,
            restrictions: Change::default(),
            pin: None,
            derived: None,
            pcrs: None,
        };
        let generation = self.begin_generate(caller, named, new).await?;
        self.finish_generate(generation, pending()).await
    }
}
