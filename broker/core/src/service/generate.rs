//! Generating a key.

use std::sync::Arc;

use super::{ListedKey, Service};
use crate::certificates::Certificates;
use crate::error::Error;
use crate::identity::{Caller, Owner};
use crate::key::{KeyRecord, Origin};
use crate::pins::Pin;
use crate::policy::{Permit, Relation, Target};
use crate::ports::{Clock as _, KeyStore as _, Ports, Tpm as _};
use crate::quota::Claim;
use crate::requests::{Generate, NewKey, RequestError};

/// A generation that is allowed, and the places that it takes.
#[derive(Debug)]
#[must_use = "the place for the key is given back when this is dropped"]
pub struct Generation {
    permit: Permit<Generate>,
    pin: Option<Arc<Pin>>,
    key_place: Claim,
    _request_place: Claim,
}

impl<P: Ports> Service<P> {
    /// Asks whether the caller may generate a key, for the caller or for sshd, and takes a place
    /// for it.
    ///
    /// # Errors
    ///
    /// The TPM does not offer the algorithm, or the caller has no place left or is not allowed to.
    pub async fn begin_generate(
        &self,
        caller: Caller,
        named: Option<Owner>,
        new: NewKey,
    ) -> Result<Generation, Error> {
        let request_place = self.admit(&caller)?;
        let target = Target::new(caller, named, self.host.as_str());
        if target.relation() == Relation::Other {
            return Err(RequestError::generate_for_other(&self.host).into());
        }
        self.fits(&target.owner, &new.restrictions)?;
        let usual = self.usual_restrictions(&target);
        let request = Generate {
            algorithm: self.offered(&target.caller, new.wanted).await?,
            target,
            pcrs: new.pcrs,
            comment: new.comment,
            restrictions: new.restrictions.apply(usual),
        };
        let permit = self.authorize(request).await?;
        let key_place = self.place_for_key(&permit.request().target.owner).await?;
        Ok(Generation {
            permit,
            pin: new.pin.map(Arc::new),
            key_place,
            _request_place: request_place,
        })
    }

    /// Has the TPM generate the key, and stores it. `left` ends when the caller leaves: then a
    /// generation that still waits is dropped. Once the TPM has begun, this has to be awaited to
    /// its end.
    ///
    /// # Errors
    ///
    /// Keys of this kind are forbidden by now, too many were made for the owner lately, or the TPM
    /// or the disk fails. No key is left behind then.
    pub async fn finish_generate(
        &self,
        generation: Generation,
        left: impl Future<Output = ()> + Send,
    ) -> Result<ListedKey, Error> {
        let Generation {
            permit,
            pin,
            key_place,
            _request_place,
        } = generation;
        let Generate {
            target,
            algorithm,
            comment,
            restrictions,
            pcrs: _,
        } = permit.request().clone();
        // It may have been forbidden while a person was asked.
        self.may_be_made(algorithm)?;
        let create = self.ports.tpm().create(permit, pin, left);
        let key = self.counted(&target.owner, create).await?;
        let record = KeyRecord {
            owner: target.owner,
            algorithm,
            comment,
            created: self.ports.clock().now(),
            origin: Origin::Generated,
            backed_up: false,
            restrictions: Arc::new(restrictions),
            key,
            certificates: Certificates::default(),
        };
        self.ports.store().add(record.clone(), key_place).await?;
        Ok(self.listed(record.into()).await)
    }
}
