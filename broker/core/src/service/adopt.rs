//! Adopting a key that another program made in the TPM.

use std::sync::Arc;

use super::{ListedKey, Service};
use crate::adopt::NotAdoptable;
use crate::algorithm::Wanted;
use crate::certificates::Certificates;
use crate::error::Error;
use crate::identity::{Caller, Owner};
use crate::key::{KeyRecord, Origin};
use crate::pins::{KeyId, PinError, Try};
use crate::policy::{Permit, Relation, Target};
use crate::ports::{Adopted, Clock as _, KeyStore as _, Ports, Tpm as _, TpmError};
use crate::quota::Claim;
use crate::requests::{Adopt, LoadableKey, Passwords, RequestError};
use crate::signature::BadSignature;

/// An adoption that is allowed, and the places that it takes.
#[derive(Debug)]
#[must_use = "the place for the key is given back when this is dropped"]
pub struct Adoption {
    permit: Permit<Adopt>,
    passwords: Passwords,
    key_place: Claim,
    _request_place: Claim,
}

impl<P: Ports> Service<P> {
    /// Asks whether the caller may adopt a key, for the caller or for sshd, and takes a place for
    /// it.
    ///
    /// # Errors
    ///
    /// The TPM does not offer the algorithm or would not protect the PIN, the owner has the key, a
    /// password may not be tried now, or the caller has no place left or is not allowed to.
    pub async fn begin_adopt(
        &self,
        caller: Caller,
        named: Option<Owner>,
        key: LoadableKey,
    ) -> Result<Adoption, Error> {
        let request_place = self.admit(&caller)?;
        let target = Target::new(caller, named, self.host.as_str());
        if target.relation() == Relation::Other {
            return Err(RequestError::adopt_for_other(&self.host).into());
        }
        self.fits(&target.owner, &key.restrictions)?;
        if key.passwords.new.is_some() && !key.loadable.protects_pin() {
            return Err(RequestError::from(NotAdoptable::PinUnprotected).into());
        }
        let usual = self.usual_restrictions(&target);
        let restrictions = key.restrictions.of_new(usual);
        let request = Adopt {
            restrictions: restrictions.map_err(RequestError::from)?,
            target,
            loadable: Arc::new(key.loadable),
            comment: key.comment,
            reserve: self.pins.limits().reserve,
        };
        let wanted = Wanted::Exactly(request.algorithm());
        self.offered(&request.target.caller, wanted).await?;
        // Spares the caller a prompt. Of another user's keys nothing is said before it is answered.
        if request.target.relation() == Relation::Own {
            self.is_not_there(&request).await?;
            let now = self.ports.clock().since_boot();
            self.pins.check(&key_id(&request), now)?;
        }
        let permit = self.authorize(request).await?;
        let key_place = self.place_for_key(&permit.request().target.owner).await?;
        self.is_not_there(permit.request()).await?;
        Ok(Adoption {
            permit,
            passwords: key.passwords,
            key_place,
            _request_place: request_place,
        })
    }

    /// Has the TPM load the key, sign with it and give it its new PIN, and stores it. `left` ends
    /// when the caller leaves: then an adoption that still waits is dropped. Once the TPM has
    /// begun, this has to be awaited to its end.
    ///
    /// # Errors
    ///
    /// Another user has the key, which is answered as a refusal; too many keys were made for the
    /// owner lately; the password is wrong or may not be tried now; the TPM does not take the key;
    /// or the TPM or the disk fails. Nothing of the key is left behind then.
    pub async fn finish_adopt(
        &self,
        adoption: Adoption,
        left: impl Future<Output = ()> + Send,
    ) -> Result<ListedKey, Error> {
        let Adoption {
            permit,
            passwords,
            key_place,
            _request_place,
        } = adoption;
        let request = permit.request().clone();
        let has_password = passwords.present.is_some();
        let _turn = self.adoptions.lock().await;
        self.is_nobody_elses(&request).await?;
        let adopted = self.loaded(permit, passwords, left).await;
        let Adopted { key, proof } = adopted.map_err(|error| of_caller(error, has_password))?;
        let verified = request.loadable.verify_trial(&proof);
        verified.map_err(|BadSignature| TpmError::BadSignature)?;
        let record = KeyRecord {
            algorithm: request.algorithm(),
            owner: request.target.owner,
            comment: request.comment,
            created: self.ports.clock().now(),
            origin: Origin::Adopted,
            backed_up: false,
            restrictions: Arc::new(request.restrictions),
            key,
            certificates: Certificates::default(),
        };
        self.ports.store().add(record.clone(), key_place).await?;
        Ok(self.listed(record.into()).await)
    }

    /// Every use of the key's authorization value, the empty one as well, may be a wrong one that
    /// the TPM counts. So all of them are tries.
    async fn loaded(
        &self,
        permit: Permit<Adopt>,
        passwords: Passwords,
        left: impl Future<Output = ()> + Send,
    ) -> Result<Adopted, Error> {
        let owner = permit.request().target.owner.clone();
        let key = key_id(permit.request());
        let tpm = self.ports.tpm();
        let load = |own| tpm.adopt(permit, passwords, own, left);
        let settle = |begun: Try<'_>, attempt, now| begun.settle(attempt, now);
        self.counted(&owner, self.attempt(key, load, settle)).await
    }

    async fn is_not_there(&self, request: &Adopt) -> Result<(), RequestError> {
        let fingerprint = request.fingerprint();
        let found = self.ports.store().find(&request.target.owner, fingerprint);
        match found.await {
            None => Ok(()),
            Some(_) => Err(RequestError::AlreadyThere(fingerprint)),
        }
    }

    /// A record of an adopted key has the shape of a key that may be adopted. A user who copied
    /// it does not get the key while its owner has it. The answer is that to a private part which
    /// does not belong to the public key, so that a public key tells nobody who has it.
    async fn is_nobody_elses(&self, request: &Adopt) -> Result<(), Error> {
        let owner = &request.target.owner;
        let fingerprint = request.fingerprint();
        match self.ports.store().another_has(owner, fingerprint).await? {
            false => Ok(()),
            true => Err(RequestError::from(NotAdoptable::OtherParent).into()),
        }
    }
}

fn key_id(request: &Adopt) -> KeyId {
    (request.target.owner.clone(), request.fingerprint())
}

/// What the caller of an adoption can do about an error of the TPM.
fn of_caller(error: Error, has_password: bool) -> Error {
    match error {
        Error::Tpm(TpmError::NotOfThisTpm) => RequestError::from(NotAdoptable::OtherParent).into(),
        Error::Pin(PinError::Wrong(_)) if !has_password => {
            RequestError::from(NotAdoptable::HasPassword).into()
        }
        error => error,
    }
}
