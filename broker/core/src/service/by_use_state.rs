//! What is known of the uses of keys, and of the keys that the TPM keeps for them.

use std::collections::HashMap;
use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use futures_util::task::AtomicWaker;

use crate::by_use::{
    Candidate, Changes, ENOUGH, Frequencies, Kept, KeptByUse, LONGEST_REST, PersistentKeys, REST,
};
use crate::identity::Uid;
use crate::key::KeyRecord;
use crate::pins::{KeyId, id};
use crate::requests::can_be_kept;
use sshtpm_ssh::kept_by::KeptBy;

/// What is known. The TPM, the disk and the clock are elsewhere.
#[derive(Debug, Default)]
pub(super) struct ByUse {
    state: Mutex<State>,
    has_work: AtomicBool,
    waker: AtomicWaker,
}

#[derive(Debug, Default)]
struct State {
    setting: PersistentKeys,
    /// Whether everything was given back after the setting became manual.
    is_given_back: bool,
    frequencies: Frequencies,
    /// Since when each key is there, or this broker knows of it: as many as there are handles.
    since: HashMap<KeyId, Duration>,
    changes: Changes,
    rest: Option<Rest>,
    /// Users whose keys could not be kept: as many as there are keys that are counted.
    rests_of: HashMap<Uid, Rest>,
}

#[derive(Clone, Copy, Debug)]
struct Rest {
    lasting: Duration,
    until: Duration,
}

impl Rest {
    /// Twice as long as the one before, up to a bound.
    fn after(before: Option<Self>, now: Duration) -> Self {
        let lasting = before.map_or(REST, |before| (before.lasting * 2).min(LONGEST_REST));
        let until = now + lasting;
        Self { lasting, until }
    }

    fn is_over(self, now: Duration) -> bool {
        self.until <= now
    }
}

impl ByUse {
    pub(super) fn setting(&self) -> PersistentKeys {
        self.lock().setting
    }

    /// Changes it, and has that followed at once.
    pub(super) fn set(&self, setting: PersistentKeys) {
        let mut state = self.lock();
        state.setting = setting;
        state.is_given_back = false;
        state.rest = None;
        state.rests_of.clear();
        drop(state);
        self.wake();
    }

    pub(super) fn changes(&self) -> Changes {
        self.lock().changes.clone()
    }

    pub(super) fn set_changes(&self, changes: Changes) {
        self.lock().changes = changes;
    }

    /// A key signed. The use counts if the TPM could keep the key and the administrator allows
    /// that.
    pub(super) fn count(&self, record: &KeyRecord, now: Duration) {
        let there = record.key.persistent.as_ref();
        let is_administrators = there.is_some_and(|there| there.by == KeptBy::Administrator);
        if self.setting() == PersistentKeys::Manual
            || is_administrators
            || can_be_kept(record).is_err()
        {
            return;
        }
        let uses = self.lock().frequencies.count(id(record), now);
        // At the use by which it becomes enough, and not again at each later one.
        if there.is_none() && uses >= ENOUGH && uses - 1.0 < ENOUGH {
            self.wake();
        }
    }

    /// Counts the uses of a key from the beginning.
    pub(super) fn forget(&self, key: &KeyId) {
        self.lock().frequencies.forget(key);
    }

    /// The keys that are used often enough, and are not among those that the TPM keeps; but none of
    /// a user whose last one could not be kept, for a while.
    pub(super) fn candidates(&self, kept: &[Arc<KeyRecord>], now: Duration) -> Vec<Candidate> {
        let state = self.lock();
        let often = state.frequencies.often_used(now).into_iter();
        let is_new = |key: &KeyId| kept.iter().all(|record| id(record) != *key);
        let rests = |key: &KeyId| {
            let rest = state.rests_of.get(&key.0.uid());
            rest.is_some_and(|rest| !rest.is_over(now))
        };
        let new = often.filter(|(key, _)| is_new(key) && !rests(key));
        new.map(|(key, uses)| Candidate { key, uses }).collect()
    }

    /// What is known of the keys that the TPM keeps by use. `is_lost` and the last use are filled
    /// in by the caller.
    pub(super) fn kept(&self, keys: &[KeptByUse], now: Duration) -> Vec<Kept> {
        let mut state = self.lock();
        let ids: Vec<_> = keys.iter().map(|one| id(one.record())).collect();
        state.since.retain(|key, _| ids.contains(key));
        let known = ids.into_iter().map(|key| Kept {
            uses: state.frequencies.of(&key, now),
            since: *state.since.entry(key.clone()).or_insert(now),
            key,
            last_use: None,
            is_lost: false,
        });
        known.collect()
    }

    /// Whether there may be something to do now.
    pub(super) fn is_due(&self, now: Duration) -> bool {
        let state = self.lock();
        let rests = state.rest.is_some_and(|rest| !rest.is_over(now));
        !rests && !state.is_given_back
    }

    /// Nothing is left to give back.
    pub(super) fn all_is_given_back(&self) {
        self.lock().is_given_back = true;
    }

    /// The TPM could not be asked, or a place not be given back: the next change is tried later,
    /// and later each time.
    pub(super) fn rest(&self, now: Duration) {
        let mut state = self.lock();
        state.rest = Some(Rest::after(state.rest, now));
    }

    /// A key of a user could not be kept: theirs are tried later, and later each time, while
    /// others have their turn.
    pub(super) fn rest_of(&self, uid: Uid, now: Duration) {
        let mut state = self.lock();
        let rest = Rest::after(state.rests_of.get(&uid).copied(), now);
        // One that ended a day ago says nothing more.
        state
            .rests_of
            .retain(|_, rest| !rest.is_over(now.saturating_sub(LONGEST_REST)));
        state.rests_of.insert(uid, rest);
    }

    /// A change succeeded.
    pub(super) fn is_rested(&self) {
        self.lock().rest = None;
    }

    /// A key of a user is kept.
    pub(super) fn is_rested_of(&self, uid: Uid) {
        self.lock().rests_of.remove(&uid);
    }

    fn wake(&self) {
        self.has_work.store(true, Ordering::Release);
        self.waker.wake();
    }

    /// Waits until there is something new to do. One task waits at a time.
    pub(super) async fn has_work(&self) {
        poll_fn(|context| {
            self.waker.register(context.waker());
            match self.has_work.swap(false, Ordering::AcqRel) {
                true => Poll::Ready(()),
                false => Poll::Pending,
            }
        })
        .await;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
