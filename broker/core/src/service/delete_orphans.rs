//! Deleting the keys of a user who is gone.

use super::Service;
use crate::error::Error;
use crate::identity::{Caller, Owner};
use crate::policy::Permit;
use crate::ports::{KeyStore as _, Ports, UseRecord as _, Users as _};
use crate::quota::Claim;
use crate::requests::{DeleteOrphans, RequestError};
use sshtpm_ssh::fingerprint::Fingerprint;

/// A deletion that is allowed, and the caller's place that it takes.
#[derive(Debug)]
#[must_use = "what was authorized has to be carried out"]
pub struct OrphanDeletion {
    permit: Permit<DeleteOrphans>,
    _request_place: Claim,
}

impl<P: Ports> Service<P> {
    /// Asks whether the keys of `former`, a user who is gone, may be deleted for good; or `key`
    /// alone.
    ///
    /// # Errors
    ///
    /// The caller may not delete them, the user is there, or the user database does not answer.
    pub async fn begin_delete_orphans(
        &self,
        caller: Caller,
        former: Owner,
        key: Option<Fingerprint>,
    ) -> Result<OrphanDeletion, Error> {
        let request_place = self.admit(&caller)?;
        let request = DeleteOrphans {
            caller,
            former,
            key,
        };
        let permit = self.authorize(request).await?;
        self.is_gone(permit.request()).await?;
        Ok(OrphanDeletion {
            permit,
            _request_place: request_place,
        })
    }

    /// Deletes the keys, and returns which. With the last one, archived ones included, goes what
    /// else is kept of the user. This has to be awaited to its end.
    ///
    /// # Errors
    ///
    /// There is no such key, and no attestation key if all are meant; or the disk fails, and then
    /// those before it are gone.
    pub async fn finish_delete_orphans(
        &self,
        deletion: OrphanDeletion,
    ) -> Result<Vec<Fingerprint>, Error> {
        let OrphanDeletion {
            permit,
            _request_place,
        } = deletion;
        let DeleteOrphans { former, key, .. } = permit.request();
        let store = self.ports.store();
        let is_meant = |one: &Fingerprint| key.is_none_or(|key| key == *one);
        let keys = store.list(former).await.into_iter();
        let keys = keys.map(|record| record.fingerprint());
        let (mut meant, others): (Vec<_>, Vec<_>) = keys.partition(is_meant);
        let archived = store.archived(former.uid()).await?.into_iter();
        let archived = archived.filter(|record| record.owner == *former);
        let archived = archived.map(|record| record.fingerprint());
        let (archived, others_archived): (Vec<_>, Vec<_>) = archived.partition(is_meant);
        if meant.is_empty()
            && archived.is_empty()
            && (key.is_some() || store.attestation_key(former).await?.is_none())
        {
            return Err(RequestError::NoSuchOrphan.into());
        }
        for fingerprint in &meant {
            let deleted = store.delete_orphan(&permit, *fingerprint).await?;
            self.put_away(&permit, &deleted).await;
        }
        if !archived.is_empty() {
            store.delete_archived(&permit).await?;
        }
        if others.is_empty() && others_archived.is_empty() {
            store.forget_attestation_key(&permit).await?;
            self.ports.uses().forget_owner(former);
        }
        meant.extend(archived);
        meant.sort_unstable();
        meant.dedup();
        Ok(meant)
    }

    /// # Errors
    ///
    /// The user has this uid and this name now.
    async fn is_gone(&self, request: &DeleteOrphans) -> Result<(), Error> {
        let DeleteOrphans { caller, former, .. } = request;
        let asker = caller.owner.uid();
        let present = self.ports.users().name_of(former.uid(), asker).await?;
        match present {
            Some(present) if present == *former.name() => {
                Err(RequestError::OwnerIsThere(former.to_string()).into())
            }
            _ => Ok(()),
        }
    }
}
