//! Having the TPM itself keep a key, so that its use takes one command, or no longer keep it.
//!
//! The TPM has room for few keys, and the whole machine shares it. So the administrator decides,
//! also about the caller's own keys.

use std::sync::Arc;

use super::Service;
use crate::error::Error;
use crate::identity::{Caller, Owner};
use crate::key::KeyRecord;
use crate::persistent::Persistent;
use crate::pins::id;
use crate::policy::{Permit, Relation, Target};
use crate::ports::{KeyStore as _, Ports, Tpm as _, TpmError};
use crate::quota::Claim;
use crate::requests::{Evicts, RequestError, SetPersistent, can_be_kept};
use sshtpm_ssh::fingerprint::Fingerprint;
use sshtpm_ssh::kept_by::KeptBy;

/// A change that is allowed, and the caller's place that it takes.
#[derive(Debug)]
#[must_use = "what was authorized has to be carried out"]
pub struct Promotion {
    permit: Permit<SetPersistent>,
    _request_place: Claim,
}

impl<P: Ports> Service<P> {
    /// Asks whether the TPM may keep a key of the caller, or of the user whom the caller named, or
    /// may no longer.
    ///
    /// # Errors
    ///
    /// The caller has no such key, or it has a PIN, is sealed, of the null hierarchy or bound to
    /// PCRs, or the caller may not.
    pub async fn begin_set_persistent(
        &self,
        caller: Caller,
        named: Option<Owner>,
        fingerprint: Fingerprint,
        wanted: bool,
    ) -> Result<Promotion, Error> {
        let request_place = self.admit(&caller)?;
        let target = Target::new(caller, named, self.host.as_str());
        let request = SetPersistent {
            target,
            fingerprint,
            wanted,
        };
        // About keys of others nothing is said before the question is answered.
        if request.target.relation() == Relation::Own {
            self.to_be_set(&request).await?;
        }
        Ok(Promotion {
            permit: self.authorize(request).await?,
            _request_place: request_place,
        })
    }

    /// Makes the change. This has to be awaited to its end.
    ///
    /// # Errors
    ///
    /// There is no such key, it has a PIN, is sealed, of the null hierarchy or bound to PCRs, the
    /// TPM has no room or its owner a password, or it or the disk fails. Nothing is left behind
    /// then.
    pub async fn finish_set_persistent(&self, promotion: Promotion) -> Result<(), Error> {
        let Promotion {
            permit,
            _request_place,
        } = promotion;
        // One after the other: a key that one change put into the TPM has no record yet, and the
        // next change would take it for unused.
        let _alone = self.promotions.lock().await;
        let record = self.to_be_set(permit.request()).await?;
        match &record.key.persistent {
            _ if permit.request().wanted => self.promote(&permit, &record).await,
            Some(persistent) => self.demote(&permit, &record, persistent).await,
            None => Ok(()),
        }
    }

    /// Takes a key out of the TPM whose record is gone. If that fails, what is left there is
    /// useless, since its authorization value was deleted with the record, and it goes when room is
    /// needed. This waits for no other change: a change that keeps the same key finds no record and
    /// takes it out again.
    pub(super) async fn evict_gone<R: Evicts>(&self, permit: &Permit<R>, gone: &Arc<KeyRecord>) {
        if let Some(persistent) = &gone.key.persistent {
            self.evict(permit, gone, persistent).await;
        }
    }

    async fn promote(
        &self,
        permit: &Permit<SetPersistent>,
        record: &Arc<KeyRecord>,
    ) -> Result<(), Error> {
        let kept = self.persist(permit, record).await?.map(Arc::new);
        let Some(persistent) = kept else {
            return self.take_over(permit, record).await;
        };
        let after = Some(Arc::clone(&persistent));
        let stored = self.ports.store().set_persistent(permit, record, after);
        if let Err(error) = stored.await {
            self.evict(permit, record, &persistent).await;
            return Err(error.into());
        }
        Ok(())
    }

    /// Has the TPM keep a key. Keys that it keeps by their use make room.
    async fn persist(
        &self,
        permit: &Permit<SetPersistent>,
        record: &Arc<KeyRecord>,
    ) -> Result<Option<Persistent>, Error> {
        loop {
            let promoted = self.ports.store().promoted().await?;
            match self.ports.tpm().persist(permit, record, promoted).await {
                Err(full @ TpmError::NoRoom(_)) => {
                    if !self.make_room(record.fingerprint()).await? {
                        return Err(full.into());
                    }
                }
                done => return Ok(done?),
            }
        }
    }

    /// A key that the TPM keeps by its use stays there from now on as the administrator's choice.
    async fn take_over(
        &self,
        permit: &Permit<SetPersistent>,
        record: &Arc<KeyRecord>,
    ) -> Result<(), Error> {
        match &record.key.persistent {
            Some(there) if there.by == KeptBy::Use => {
                let after = Arc::new(there.kept_by(KeptBy::Administrator));
                let store = self.ports.store();
                Ok(store.set_persistent(permit, record, Some(after)).await?)
            }
            _ => Ok(()),
        }
    }

    async fn demote(
        &self,
        permit: &Permit<SetPersistent>,
        record: &Arc<KeyRecord>,
        persistent: &Arc<Persistent>,
    ) -> Result<(), Error> {
        self.ports.tpm().evict(permit, record, persistent).await?;
        // Otherwise it would be chosen again at once.
        self.by_use.forget(&id(record));
        let stored = self.ports.store().set_persistent(permit, record, None);
        Ok(stored.await?)
    }

    /// Takes a key out of the TPM where the caller need not know whether it worked. A failure is
    /// logged.
    async fn evict<R: Evicts>(
        &self,
        permit: &Permit<R>,
        record: &Arc<KeyRecord>,
        persistent: &Arc<Persistent>,
    ) {
        drop(self.ports.tpm().evict(permit, record, persistent).await);
    }

    async fn to_be_set(&self, request: &SetPersistent) -> Result<Arc<KeyRecord>, Error> {
        let store = self.ports.store();
        let found = store.find(&request.target.owner, request.fingerprint).await;
        let record = found.ok_or(RequestError::NoSuchKey)?;
        if request.wanted {
            can_be_kept(&record)?;
        }
        Ok(record)
    }
}
