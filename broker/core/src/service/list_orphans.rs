//! Listing keys whose users are gone.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::pcrs::PresentPcrs;
use super::{ListedKey, Service};
use crate::error::Error;
use crate::identity::{Caller, Owner, Uid, UserName};
use crate::key::KeyRecord;
use crate::orphans::{MOST_ARCHIVED, MOST_KEYS, MOST_LOOK_UPS, Place, Which};
use crate::ports::{KeyStore as _, Ports, StoreError, Tpm as _, Users as _};
use crate::requests::ListOrphans;
use sshtpm_ssh::fingerprint::Fingerprint;

/// A key whose user is gone.
#[derive(Clone, Debug)]
pub struct Orphan {
    /// The key. Its owner is the user that the record names.
    pub key: ListedKey,
    /// The name of the user who has the uid now, if there is one.
    pub present: Option<UserName>,
    /// Whether it is lost and its record archived.
    pub archived: bool,
}

/// Some of them, in the order of uids and fingerprints.
#[derive(Clone, Debug)]
pub struct OrphanPage {
    /// The keys.
    pub keys: Vec<Orphan>,
    /// Where it ended; `None` if there are no more.
    pub next: Option<Place>,
}

impl OrphanPage {
    /// One that goes on after `key`, or after all keys of `uid`.
    fn until(keys: Vec<Orphan>, uid: Uid, key: Option<Fingerprint>) -> Self {
        let next = Some(Place { uid, key });
        Self { keys, next }
    }
}

impl<P: Ports> Service<P> {
    /// A page of the keys whose users are gone, of those of `which` that come after `after`.
    ///
    /// # Errors
    ///
    /// The caller may not see them, the user database does not answer, or the disk fails.
    pub async fn list_orphans(
        &self,
        caller: Caller,
        which: Which,
        after: Option<Place>,
    ) -> Result<OrphanPage, Error> {
        let _request = self.admit(&caller)?;
        let asker = caller.owner.uid();
        let request = ListOrphans {
            caller,
            which,
            after,
        };
        let request = self.authorize(request).await?.into_request();
        let mut page = Vec::new();
        let (mut look_ups, mut read) = (0, 0);
        for (uid, owners) in self.owners_by_uid(&request).await? {
            let present = self.ports.users().name_of(uid, asker).await?;
            let archived = self.ports.store().archived(uid).await?;
            look_ups += 1;
            read += archived.len();
            let orphans = self.orphans_of(&owners, archived, present.as_ref()).await;
            let after = request.after;
            let is_next = |key: &Fingerprint| after.is_none_or(|after| after.is_before(uid, *key));
            for (key, orphan) in orphans.into_iter().filter(|(key, _)| is_next(key)) {
                page.push(orphan);
                if page.len() == MOST_KEYS {
                    return Ok(OrphanPage::until(page, uid, Some(key)));
                }
            }
            if look_ups == MOST_LOOK_UPS || read >= MOST_ARCHIVED {
                return Ok(OrphanPage::until(page, uid, None));
            }
        }
        let (keys, next) = (page, None);
        Ok(OrphanPage { keys, next })
    }

    /// The owners of keys with the uids that are wanted; none of a uid of which there are archived
    /// records alone.
    async fn owners_by_uid(
        &self,
        request: &ListOrphans,
    ) -> Result<BTreeMap<Uid, Vec<Owner>>, StoreError> {
        let is_wanted = |uid: Uid| {
            let after = request.after;
            request.which.includes(uid) && after.is_none_or(|after| after.is_within(uid))
        };
        let mut by_uid: BTreeMap<Uid, Vec<Owner>> = BTreeMap::new();
        let store = self.ports.store();
        for uid in store.archived_uids().await? {
            by_uid.entry(uid).or_default();
        }
        for owner in store.owners().await? {
            by_uid.entry(owner.uid()).or_default().push(owner);
        }
        by_uid.retain(|uid, _| is_wanted(*uid));
        Ok(by_uid)
    }

    /// The keys of those of `owners`, who have one uid in common, that are not the user who has it
    /// at present, and those of the `archived` records of the uid that are not; in the order of
    /// fingerprints. A key of which there are both is listed once.
    async fn orphans_of(
        &self,
        owners: &[Owner],
        archived: Vec<Arc<KeyRecord>>,
        present: Option<&UserName>,
    ) -> Vec<(Fingerprint, Orphan)> {
        let is_gone = |owner: &Owner| present != Some(owner.name());
        let mut found = BTreeMap::new();
        for record in archived.into_iter().filter(|record| is_gone(&record.owner)) {
            found.insert((record.fingerprint(), record.owner.clone()), (record, true));
        }
        for owner in owners.iter().filter(|owner| is_gone(owner)) {
            for record in self.ports.store().list(owner).await {
                found.insert((record.fingerprint(), owner.clone()), (record, false));
            }
        }
        let orphan = |((key, _), (record, is_archived))| {
            (key, self.orphan(record, present.cloned(), is_archived))
        };
        found.into_iter().map(orphan).collect()
    }

    fn orphan(&self, record: Arc<KeyRecord>, present: Option<UserName>, archived: bool) -> Orphan {
        // Nobody is there to use it, so it is not worth a command to know what PCRs have in them.
        let pcrs = PresentPcrs::default();
        let key = self.listed_at(&self.ports.tpm().status(), &pcrs, record);
        Orphan {
            key,
            present,
            archived,
        }
    }
}
