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
use crate::requests::{Import, RequestError, WrappedKey};
use crate::restrictions::Restrictions;
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
    /// Where the record of the same key is, which is lost.
    OfLost(Arc<KeyRecord>),
}

impl<P: Ports> Service<P> {
    /// Asks whether the caller may import a key, for the caller or for sshd, and takes a place for
    /// it.
    ///
    /// The owner may not have the key already, unless it is lost: then the imported key takes the
    /// place of the lost one, and has its restrictions where the caller says nothing. Whether
    /// another user has it makes no difference: nothing tells anybody of the keys of others, and
    /// each has a blob of its own.
    ///
    /// # Errors
    ///
    /// The TPM does not offer the algorithm, the owner has the key, or the caller has no place left
    /// or is not allowed to.
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
        let wanted = Wanted::Exactly(key.wrapped.algorithm());
        self.offered(&target.caller, wanted).await?;
        let fingerprint = Fingerprint::of(key.wrapped.public_key());
        let there = self.ports.store().find(&target.owner, fingerprint).await;
        let (lost, usable) = self.sorted(there);
        // Spares the caller a prompt. Of another user's keys nothing is said before it is answered.
        if usable && target.relation() == Relation::Own {
            return Err(RequestError::AlreadyThere(fingerprint).into());
        }
        let (restrictions, fits) = match &lost {
            Some(lost) => {
                let before = Restrictions::clone(&lost.restrictions);
                restrict::changed(key.restrictions, before, target.relation())?
            }
            None => {
                let usual = self.usual_restrictions(&target);
                let of_new = key.restrictions.of_new(usual);
                (of_new.map_err(RequestError::from)?, Ok(()))
            }
        };
        Self::can_be_raw(key.wrapped.algorithm(), &restrictions)?;
        let request = Import {
            restrictions,
            target,
            wrapped: Arc::new(key.wrapped),
            comment: key.comment,
            backed_up: key.backed_up,
            lost,
        };
        let permit = self.authorize(request).await?;
        fits?;
        let place = match &permit.request().lost {
            Some(lost) => Place::OfLost(Arc::clone(lost)),
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
    /// Too many keys were made for the owner lately, the TPM does not take the key, the record of a
    /// lost key was changed, or the TPM or the disk fails. Nothing of the key is left behind then.
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
        let lost = request.lost.as_ref();
        let record = KeyRecord {
            algorithm: request.algorithm(),
            owner: request.target.owner,
            comment: request.comment,
            created: self.ports.clock().now(),
            origin: Origin::Imported,
            backed_up: request.backed_up,
            restrictions: Arc::new(request.restrictions),
            key,
            certificates: lost.map_or_else(Certificates::default, |lost| lost.certificates.clone()),
        };
        match place {
            Place::New(place) => self.ports.store().add(record.clone(), place).await?,
            Place::OfLost(lost) => self.bring_back(record.clone(), lost).await?,
        }
        Ok(self.listed(record.into()).await)
    }

    /// The PIN and the seed that the broker may still have are those of the lost key.
    async fn bring_back(&self, record: KeyRecord, lost: Arc<KeyRecord>) -> Result<(), StoreError> {
        let store = self.ports.store();
        store.bring_back(record, Arc::clone(&lost)).await?;
        self.pins.forget(&lost.owner, lost.fingerprint());
        if lost.key.is_sealed() {
            self.ports.tpm().wipe(&lost);
        }
        Ok(())
    }

    /// The record if it is of a lost key, or else whether there is one.
    fn sorted(&self, there: Option<Arc<KeyRecord>>) -> (Option<Arc<KeyRecord>>, bool) {
        match there {
            Some(record) if self.is_lost(&record) => (Some(record), false),
            other => (None, other.is_some()),
        }
    }

    /// Polkit, or a person, may have taken long.
    async fn is_as_before(&self, request: &Import) -> Result<(), Error> {
        let fingerprint = request.fingerprint();
        let found = self.ports.store().find(&request.target.owner, fingerprint);
        match (&request.lost, found.await) {
            (None, None) => Ok(()),
            (None, Some(_)) => Err(RequestError::AlreadyThere(fingerprint).into()),
            (Some(lost), Some(now)) if *lost == now => Ok(()),
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
