//! Importing a key.

use std::sync::Arc;

use super::{ListedKey, Service, restrict};
use crate::algorithm::Wanted;
use crate::certificates::Certificates;
use crate::error::Error;
use crate::identity::{Caller, Owner};
use crate::import::NotImportable;
use crate::key::{KeyRecord, Origin};
use crate::policy::{Permit, Relation, Target};
use crate::ports::{Clock as _, Imported, KeyStore as _, Ports, StoreError, Tpm as _, TpmError};
use crate::quota::Claim;
use crate::requests::{Former, Import, RequestError, WrappedKey};
use crate::restrictions::{Change, Restrictions};
use crate::signature::BadSignature;
use sshtpm_ssh::fingerprint::Fingerprint;

/// An import that is allowed, and the places that it takes.
#[derive(Debug)]
#[must_use = "the place for the key is given back when this is dropped"]
pub struct Importation {
    permit: Permit<Import>,
    place: Place,
    _request_place: Claim,
}

/// Where an imported key goes.
#[derive(Debug)]
enum Place {
    /// Beside the other keys of its owner.
    New(Claim),
    /// Where this record of the same key is.
    Of(Arc<KeyRecord>),
}

impl<P: Ports> Service<P> {
    /// Asks whether the caller may import a key, for the caller or for sshd, and takes a place for
    /// it.
    ///
    /// The owner may not have the key already, unless it is lost, or is bound to PCRs and the
    /// caller wants it bound anew: then the imported key takes the place of the other one, and has
    /// its restrictions where the caller says nothing. Whether another user has it makes no
    /// difference: nothing tells anybody of the keys of others, and each has a blob of its own.
    ///
    /// # Errors
    ///
    /// The TPM does not offer the algorithm, the owner has the key, or has none to bind anew, or
    /// the caller has no place left or is not allowed to.
    pub async fn begin_import(
        &self,
        caller: Caller,
        named: Option<Owner>,
        key: WrappedKey,
    ) -> Result<Importation, Error> {
        let request_place = self.admit(&caller)?;
        let target = Target::new(caller, named, self.host.as_str());
        if target.relation() == Relation::Other {
            return Err(RequestError::import_for_other(&self.host).into());
        }
        self.fits(&target.owner, &key.restrictions)?;
        // Were it said later, what is said would tell of a record.
        Self::can_be_raw(key.wrapped.algorithm(), &key.restrictions)?;
        let wanted = Wanted::Exactly(key.wrapped.algorithm());
        self.offered(&target.caller, wanted).await?;
        let fingerprint = Fingerprint::of(key.wrapped.public_key());
        let there = self.ports.store().find(&target.owner, fingerprint).await;
        let (former, refusal) = match self.former(there, fingerprint, &key) {
            Ok(former) => (former, None),
            // Spares the caller a prompt.
            Err(refusal) if target.relation() == Relation::Own => return Err(refusal.into()),
            // Of another user's keys nothing is said before it is answered.
            Err(refusal) => (None, Some(refusal)),
        };
        let (restrictions, fits) = self.restricted(key.restrictions, former.as_ref(), &target)?;
        let request = Import {
            restrictions,
            target,
            wrapped: Arc::new(key.wrapped),
            comment: key.comment,
            backed_up: key.backed_up,
            former,
        };
        let permit = self.authorize(request).await?;
        fits?;
        if let Some(refusal) = refusal {
            return Err(refusal.into());
        }
        let place = match &permit.request().former {
            Some(former) => Place::Of(Arc::clone(former.record())),
            None => Place::New(self.place_for_key(&permit.request().target.owner).await?),
        };
        self.is_as_before(permit.request()).await?;
        Ok(Importation {
            permit,
            place,
            _request_place: request_place,
        })
    }

    /// Has the TPM import the key and sign with it, and stores it. `left` ends when the caller
    /// leaves: then an import that still waits is dropped. Once the TPM has begun, this has to be
    /// awaited to its end.
    ///
    /// # Errors
    ///
    /// Too many keys were made for the owner lately, the TPM does not take the key, the record
    /// whose place it takes was changed, or the TPM or the disk fails. Then nothing of the key is
    /// left behind, and that record stays.
    pub async fn finish_import(
        &self,
        importation: Importation,
        left: impl Future<Output = ()> + Send,
    ) -> Result<ListedKey, Error> {
        let Importation {
            permit,
            place,
            _request_place,
        } = importation;
        let request = permit.request().clone();
        // The configuration may have been read again while polkit was asked.
        self.may_be_made(request.algorithm())?;
        let import = self.ports.tpm().import(permit, left);
        let imported = self.counted(&request.target.owner, import).await;
        let Imported { key, proof } = imported.map_err(of_caller)?;
        let verified = request.wrapped.verify_trial(proof.as_ref());
        verified.map_err(|BadSignature| TpmError::BadSignature)?;
        let former = request.former.as_ref().map(Former::record);
        let record = KeyRecord {
            algorithm: request.algorithm(),
            owner: request.target.owner,
            comment: request.comment,
            created: match &request.former {
                // It is the key that it was.
                Some(Former::Bound(bound)) => bound.created,
                _ => self.ports.clock().now(),
            },
            origin: Origin::Imported,
            backed_up: request.backed_up,
            restrictions: Arc::new(request.restrictions),
            key,
            certificates: former
                .map_or_else(Certificates::default, |former| former.certificates.clone()),
        };
        match place {
            Place::New(place) => self.ports.store().add(record.clone(), place).await?,
            Place::Of(former) => self.take_place(record.clone(), former).await?,
        }
        Ok(self.listed(record.into()).await)
    }

    /// The PIN and the seed that the broker may still have are those of the former key.
    async fn take_place(
        &self,
        record: KeyRecord,
        former: Arc<KeyRecord>,
    ) -> Result<(), StoreError> {
        let store = self.ports.store();
        store.take_place(record, Arc::clone(&former)).await?;
        self.pins.forget(&former.owner, former.fingerprint());
        if former.key.is_sealed() {
            self.ports.tpm().wipe(&former);
        }
        Ok(())
    }

    /// The record whose place `key` takes, if the owner has `there`.
    fn former(
        &self,
        there: Option<Arc<KeyRecord>>,
        fingerprint: Fingerprint,
        key: &WrappedKey,
    ) -> Result<Option<Former>, RequestError> {
        if key.rebinds && key.wrapped.pcrs().is_none() {
            return Err(RequestError::RebindWithoutPcrs);
        }
        match there {
            Some(record) if self.is_lost(&record) => Ok(Some(Former::Lost(record))),
            Some(record) if key.rebinds && record.key.pcrs.is_some() => {
                Ok(Some(Former::Bound(record)))
            }
            _ if key.rebinds => Err(RequestError::NothingToRebind(fingerprint)),
            Some(_) => Err(RequestError::AlreadyThere(fingerprint)),
            None => Ok(None),
        }
    }

    /// The restrictions of a key that takes the place of `former`, or is new. The second result is
    /// as that of [`restrict::changed`].
    fn restricted(
        &self,
        change: Change,
        former: Option<&Former>,
        target: &Target,
    ) -> Result<(Restrictions, Result<(), RequestError>), RequestError> {
        let Some(former) = former else {
            return Ok((change.of_new(self.usual_restrictions(target))?, Ok(())));
        };
        let before = Restrictions::clone(&former.record().restrictions);
        restrict::changed(change, before, target.relation())
    }

    /// Polkit, or a person, may have taken long.
    async fn is_as_before(&self, request: &Import) -> Result<(), Error> {
        let fingerprint = request.fingerprint();
        let found = self.ports.store().find(&request.target.owner, fingerprint);
        match (&request.former, found.await) {
            (None, None) => Ok(()),
            (None, Some(_)) => Err(RequestError::AlreadyThere(fingerprint).into()),
            (Some(former), Some(now)) if *former.record() == now => Ok(()),
            (Some(_), _) => Err(StoreError::ChangedByAnother.into()),
        }
    }
}

/// A seed of another key is the mistake of the caller, who said which one it is.
fn of_caller(error: Error) -> Error {
    match error {
        Error::Tpm(TpmError::NotItsSeed) => RequestError::Import(NotImportable::OtherSeed).into(),
        error => error,
    }
}
