//! Listing keys whose users are gone.

use std::sync::Arc;

use super::pcrs::PresentPcrs;
use super::{ListedKey, Service};
use crate::error::Error;
use crate::identity::{Caller, Owner, UserName};
use crate::key::KeyRecord;
use crate::orphans::{MOST_KEYS, MOST_LOOK_UPS, Place, Which};
use crate::ports::{KeyStore as _, Ports, Tpm as _, Users as _};
use crate::requests::ListOrphans;
use sshtpm_ssh::fingerprint::Fingerprint;

/// A key whose user is gone.
#[derive(Clone, Debug)]
pub struct Orphan {
    /// The key. Its owner is the user that the record names.
    pub key: ListedKey,
    /// The name of the user who has the uid now, if there is one.
    pub present: Option<UserName>,
}

/// Some of them, in the order of uids and fingerprints.
#[derive(Clone, Debug)]
pub struct OrphanPage {
    /// The keys.
    pub keys: Vec<Orphan>,
    /// Where it ended; `None` if there are no more.
    pub next: Option<Place>,
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
        let ListOrphans { which, after, .. } = self.authorize(request).await?.into_request();
        let mut owners = self.ports.store().owners().await?;
        let is_wanted = |owner: &Owner| {
            let uid = owner.uid();
            which.includes(uid) && after.is_none_or(|after| after.is_within(uid))
        };
        owners.retain(is_wanted);
        owners.sort_unstable();
        let mut keys = Vec::new();
        let uids = owners.chunk_by(|one, next| one.uid() == next.uid());
        for (number, of_uid) in uids.enumerate() {
            let Some(uid) = of_uid.first().map(Owner::uid) else {
                continue;
            };
            let present = self.ports.users().name_of(uid, asker).await?;
            for (fingerprint, record) in self.orphans_of(of_uid, present.as_ref()).await {
                if after.is_some_and(|after| !after.is_before(uid, fingerprint)) {
                    continue;
                }
                keys.push(self.orphan(record, present.clone()));
                if keys.len() == MOST_KEYS {
                    let key = Some(fingerprint);
                    let next = Some(Place { uid, key });
                    return Ok(OrphanPage { keys, next });
                }
            }
            if number + 1 == MOST_LOOK_UPS {
                let next = Some(Place { uid, key: None });
                return Ok(OrphanPage { keys, next });
            }
        }
        Ok(OrphanPage { keys, next: None })
    }

    /// The keys of those of `owners`, who have one uid in common, that are not the user who has it
    /// at present; in the order of fingerprints.
    async fn orphans_of(
        &self,
        owners: &[Owner],
        present: Option<&UserName>,
    ) -> Vec<(Fingerprint, Arc<KeyRecord>)> {
        let mut orphans = Vec::new();
        for owner in owners {
            if present != Some(owner.name()) {
                let keys = self.ports.store().list(owner).await.into_iter();
                orphans.extend(keys.map(|record| (record.fingerprint(), record)));
            }
        }
        orphans.sort_unstable_by_key(|(fingerprint, _)| *fingerprint);
        orphans
    }

    fn orphan(&self, record: Arc<KeyRecord>, present: Option<UserName>) -> Orphan {
        // Nobody is there to use it, so it is not worth a command to know what PCRs have in them.
        let pcrs = PresentPcrs::default();
        let key = self.listed_at(&self.ports.tpm().status(), &pcrs, record);
        Orphan { key, present }
    }
}
