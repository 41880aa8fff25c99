//! Importing a key.

use std::sync::Arc;

use super::{ListedKey, Service};
use crate::algorithm::Wanted;
use crate::certificates::Certificates;
use crate::error::Error;
use crate::identity::{Caller, Owner};
use crate::import::NotImportable;
use crate::key::{KeyRecord, Origin};
use crate::policy::{Permit, Relation, Target};
use crate::ports::{Clock as _, Imported, KeyStore as _, Ports, Tpm as _, TpmError};
use crate::quota::Claim;
use crate::requests::{Import, RequestError, WrappedKey};
use crate::signature::BadSignature;

/// An import that is allowed, and the places that it takes.
#[derive(Debug)]
#[must_use = "the place for the key is given back when this is dropped"]
pub struct Importation {
    permit: Permit<Import>,
    key_place: Claim,
    _request_place: Claim,
}

impl<P: Ports> Service<P> {
    /// Asks whether the caller may import a key, for the caller or for sshd, and takes a place for
    /// it.
    ///
    /// The owner may not have the key already. Whether another user has it makes no difference:
    /// nothing tells anybody of the keys of others, and each has a blob of its own.
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
        let request = Import {
            restrictions: key.restrictions.apply(self.usual_restrictions(&target)),
            target,
            wrapped: Arc::new(key.wrapped),
            comment: key.comment,
            backed_up: key.backed_up,
        };
        let wanted = Wanted::Exactly(request.algorithm());
        self.offered(&request.target.caller, wanted).await?;
        // Spares the caller a prompt. Of another user's keys nothing is said before it is answered.
        if request.target.relation() == Relation::Own {
            self.is_new(&request).await?;
        }
        let permit = self.authorize(request).await?;
        let key_place = self.place_for_key(&permit.request().target.owner).await?;
        self.is_new(permit.request()).await?;
        Ok(Importation {
            permit,
            key_place,
            _request_place: request_place,
        })
    }

    /// Has the TPM import the key and sign with it, and stores it. `left` ends when the caller
    /// leaves: then an import that still waits is dropped. Once the TPM has begun, this has to be
    /// awaited to its end.
    ///
    /// # Errors
    ///
    /// Too many keys were made for the owner lately, the TPM does not take the key, or the TPM or
    /// the disk fails. Nothing of the key is left behind then.
    pub async fn finish_import(
        &self,
        importation: Importation,
        left: impl Future<Output = ()> + Send,
    ) -> Result<ListedKey, Error> {
        let Importation {
            permit,
            key_place,
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
        let record = KeyRecord {
            algorithm: request.algorithm(),
            owner: request.target.owner,
            comment: request.comment,
            created: self.ports.clock().now(),
            origin: Origin::Imported,
            backed_up: request.backed_up,
            restrictions: Arc::new(request.restrictions),
            key,
            certificates: Certificates::default(),
        };
        self.ports.store().add(record.clone(), key_place).await?;
        Ok(self.listed(record.into()).await)
    }

    async fn is_new(&self, request: &Import) -> Result<(), RequestError> {
        let fingerprint = request.fingerprint();
        let found = self.ports.store().find(&request.target.owner, fingerprint);
        match found.await {
            None => Ok(()),
            Some(_) => Err(RequestError::AlreadyThere(fingerprint)),
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
