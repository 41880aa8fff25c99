//! Having the TPM keep the keys that are used most, and giving their places back.
//!
//! No request asks for this and none waits for it. `by_use` decides; here is the order of the
//! steps. Each change is written down before it is made, so a broker that is made to crash wears
//! out no chip. A broker that ends in between leaves an object that no record names, as with a
//! request.

use std::sync::Arc;

use super::Service;
use crate::by_use::{
    Changes, Chosen, Kept, KeptByUse, KeptChanges, PersistentKeys, Situation, Step, Why, choose,
    first_to_leave,
};
use crate::error::Error;
use crate::key::KeyRecord;
use crate::persistent::{OwnHandle, Persistent};
use crate::pins::{KeyId, id};
use crate::ports::{
    Clock as _, CountRecord as _, Keeping as _, KeyStore as _, Ports, StoreError, Tpm as _,
    TpmError, UseRecord as _,
};
use sshtpm_ssh::fingerprint::Fingerprint;
use sshtpm_ssh::tpm::TpmState;

impl<P: Ports> Service<P> {
    /// Changes whether the TPM may keep keys by their use, and gives back what it no longer may.
    pub fn set_persistent_keys(&self, setting: PersistentKeys) {
        self.by_use.set(setting);
    }

    /// Goes on with what was done within a day before the broker started. If nobody can read that,
    /// the day counts as used up, which is written down for the next start.
    pub async fn restore_changes(&self, kept: KeptChanges) {
        match kept {
            KeptChanges::Changes(changes) => self.by_use.set_changes(changes),
            KeptChanges::Unreadable => {
                let changes = Changes::at_the_limit(self.ports.clock().now());
                self.by_use.set_changes(changes.clone());
                // The adapter logs the cause. At the next start it cannot be read either.
                let _ = self.ports.counts().keep_changes(changes).await;
            }
        }
    }

    /// Waits until a key was used often enough, or the setting was changed.
    pub async fn keeping_has_work(&self) {
        self.by_use.has_work().await;
    }

    /// Has the TPM keep what it should, or gives back what it should not: one change. Returns
    /// whether there may be a further one. This has to be awaited to its end.
    pub async fn keep_by_use(&self) -> bool {
        if !self.may_change_by_use() {
            return false;
        }
        let _alone = self.promotions.lock().await;
        let done = match self.next_by_use().await {
            Ok(Step::Nothing) => return false,
            Ok(Step::Keep(key)) => return self.keep_key(&key, None).await,
            Ok(Step::Replace { leaves, comes }) => {
                return self.keep_key(&comes, Some(&leaves)).await;
            }
            Ok(Step::GiveBack(key, why)) => self.give_key_back(&key, why).await,
            Err(error) => Err(error),
        };
        // The adapters log the cause.
        match done {
            Ok(()) => self.by_use.is_rested(),
            Err(_) => self.by_use.rest(self.ports.clock().since_boot()),
        }
        done.is_ok()
    }

    /// Gives a place back to an administrator who needs one. Returns whether there was one.
    pub(super) async fn make_room(&self, beside: Fingerprint) -> Result<bool, Error> {
        let mut keys = kept_by_use(&self.ports.store().promoted().await?);
        keys.retain(|one| one.record().fingerprint() != beside);
        let kept = self.known(&keys);
        match first_to_leave(&kept) {
            Some(key) => self
                .give_key_back(key, Why::Administrator)
                .await
                .map(|()| true),
            None => Ok(false),
        }
    }

    fn may_change_by_use(&self) -> bool {
        let is_ready = || self.ports.tpm().status().state == TpmState::Ready;
        self.by_use.is_due(self.ports.clock().since_boot()) && is_ready()
    }

    async fn next_by_use(&self) -> Result<Step, Error> {
        let records = self.ports.store().promoted().await?;
        let keys = kept_by_use(&records);
        let since_boot = self.ports.clock().since_boot();
        if self.by_use.setting() == PersistentKeys::Manual {
            let first = keys.first().map(|one| id(one.record()));
            return Ok(match first {
                Some(key) => Step::GiveBack(key, Why::TurnedOff),
                None => {
                    self.by_use.all_is_given_back();
                    Step::Nothing
                }
            });
        }
        let candidates = self.by_use.candidates(&records, since_boot);
        if keys.is_empty() && candidates.is_empty() {
            return Ok(Step::Nothing);
        }
        let room = self.ports.tpm().room(records).await?;
        let mut kept = self.known(&keys);
        for (known, key) in kept.iter_mut().zip(&keys) {
            known.is_lost |= !room.taken.contains(&key.persistent().handle);
        }
        Ok(choose(&Situation {
            kept: &kept,
            candidates: &candidates,
            free: room.free,
            has_handle: room.taken.len() < OwnHandle::all().count(),
            changes: &self.by_use.changes(),
            since_boot,
            now: self.ports.clock().now(),
        }))
    }

    fn known(&self, keys: &[KeptByUse]) -> Vec<Kept> {
        let mut kept = self.by_use.kept(keys, self.ports.clock().since_boot());
        for (known, key) in kept.iter_mut().zip(keys) {
            let (owner, fingerprint) = &known.key;
            known.last_use = self.ports.uses().tally(owner, *fingerprint).last;
            known.is_lost = self.is_lost(key.record());
        }
        kept
    }

    /// Has the TPM keep a key, in the place of another one if need be. Returns whether there may be
    /// something more to do.
    async fn keep_key(&self, key: &KeyId, leaves: Option<&KeyId>) -> bool {
        // It may have been deleted, or changed so that it cannot be kept.
        let Some(chosen) = self.chosen(key).await else {
            self.by_use.forget(key);
            return true;
        };
        let uid = key.0.uid();
        match self.keep_chosen(&chosen, leaves).await {
            Ok(()) => self.by_use.is_rested_of(uid),
            // Others have their turn. The adapters log the cause.
            Err(_) => {
                self.by_use.forget(key);
                self.by_use.rest_of(uid, self.ports.clock().since_boot());
            }
        }
        true
    }

    async fn chosen(&self, key: &KeyId) -> Option<Chosen> {
        let mandate = self.by_use.setting().mandate()?;
        let record = self.ports.store().find(&key.0, key.1).await?;
        let is_there = !self.is_lost(&record);
        is_there.then(|| mandate.choose(record).ok()).flatten()?
    }

    /// The change counts before another key leaves for it, so that nobody displaces keys for free.
    async fn keep_chosen(&self, chosen: &Chosen, leaves: Option<&KeyId>) -> Result<(), Error> {
        let before = self.by_use.changes();
        let now = self.ports.clock().now();
        self.count_changes(before.with(&chosen.record().owner, now))
            .await?;
        if let Some(leaves) = leaves {
            self.give_key_back(leaves, Why::UsedLess).await?;
        }
        let promoted = self.ports.store().promoted().await?;
        match self.ports.tpm().keep(chosen, promoted).await {
            Ok(persistent) => self.record_kept(chosen, Arc::new(persistent)).await,
            Err(error) => {
                if leaves.is_none() && changed_nothing(&error) {
                    self.count_changes(before).await?;
                }
                Err(error.into())
            }
        }
    }

    async fn record_kept(&self, chosen: &Chosen, persistent: Arc<Persistent>) -> Result<(), Error> {
        let stored = self.ports.store().set_kept(chosen, Arc::clone(&persistent));
        if let Err(error) = stored.await {
            let kept = KeptByUse::unrecorded(chosen, &persistent);
            // A failure is logged, and what is left there goes when room is needed.
            drop(self.ports.tpm().give_back(&kept, Why::NotRecorded).await);
            return Err(error.into());
        }
        Ok(())
    }

    async fn count_changes(&self, changes: Changes) -> Result<(), StoreError> {
        self.ports.counts().keep_changes(changes.clone()).await?;
        self.by_use.set_changes(changes);
        Ok(())
    }

    async fn give_key_back(&self, key: &KeyId, why: Why) -> Result<(), Error> {
        let found = self.ports.store().find(&key.0, key.1).await;
        // If the key was deleted since, its deletion takes it out.
        let Some(kept) = found.as_ref().and_then(KeptByUse::of) else {
            return Ok(());
        };
        self.ports.tpm().give_back(&kept, why).await?;
        Ok(self.ports.store().set_given_back(&kept).await?)
    }
}

fn kept_by_use(promoted: &[Arc<KeyRecord>]) -> Vec<KeptByUse> {
    promoted.iter().filter_map(KeptByUse::of).collect()
}

/// Whether the TPM cannot have written anything. A full one may have, if the connection to it was
/// lost in between and the change was tried again.
fn changed_nothing(error: &TpmError) -> bool {
    matches!(
        error,
        TpmError::OwnerHasPassword | TpmError::KeyLost | TpmError::Limit(_)
    )
}
