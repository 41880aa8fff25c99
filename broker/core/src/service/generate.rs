//! Generating a key.

use std::sync::Arc;

use super::{ListedKey, Service};
use crate::certificates::Certificates;
use crate::derivation::{Derivation, DerivedFrom};
use crate::error::Error;
use crate::identity::{Caller, Owner};
use crate::key::{Holding, KeyRecord};
use crate::pins::Pin;
use crate::policy::{Permit, Relation, Target};
use crate::ports::{Clock as _, KeyStore as _, Ports, StoreError, Tpm as _};
use crate::quota::Claim;
use crate::requests::{Generate, NewKey, RequestError};
use ssh_key::EcdsaCurve;
use sshtpm_ssh::algorithm::{Algorithm, RsaBits};
use sshtpm_ssh::pcr::PcrSelection;
use sshtpm_ssh::tpm::KeyState;

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
    /// The TPM does not offer the algorithm or cannot derive such a key, the owner has derived it
    /// already, or the caller has no place left or is not allowed to.
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
        let algorithm = self.offered(&target.caller, new.wanted).await?;
        Self::can_be_raw(algorithm, &new.restrictions)?;
        let derivation = new.derived.map(|from| {
            can_be_derived(algorithm, new.pin.as_ref(), new.pcrs)?;
            derivation(&target, algorithm, from).map(Arc::new)
        });
        let request = Generate {
            algorithm,
            derivation: derivation.transpose()?,
            target,
            pcrs: new.pcrs,
            comment: new.comment,
            restrictions: new.restrictions.of_new(usual).map_err(RequestError::from)?,
        };
        // Spares the caller a prompt. Of another user's keys nothing is said before it is answered.
        if request.target.relation() == Relation::Own {
            self.is_not_derived(&request).await?;
        }
        let permit = self.authorize(request).await?;
        let key_place = self.place_for_key(&permit.request().target.owner).await?;
        self.is_not_derived(permit.request()).await?;
        Ok(Generation {
            permit,
            pin: new.pin.map(Arc::new),
            key_place,
            _request_place: request_place,
        })
    }

    /// Has the TPM generate or derive the key, and stores it. `left` ends when the caller leaves:
    /// then a generation that still waits is dropped. Once the TPM has begun, this has to be
    /// awaited to its end.
    ///
    /// # Errors
    ///
    /// Keys of this kind are forbidden by now, too many were made for the owner lately, the owner
    /// has the key that was derived, or the TPM or the disk fails. No key is left behind then.
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
        let request = permit.request().clone();
        let (origin, algorithm) = (request.origin(), request.algorithm);
        // It may have been forbidden while a person was asked.
        self.may_be_made(algorithm)?;
        let create = self.ports.tpm().create(permit, pin, left);
        let key = self.counted(&request.target.owner, create).await?;
        let record = KeyRecord {
            owner: request.target.owner,
            algorithm,
            comment: request.comment,
            created: self.ports.clock().now(),
            origin,
            backed_up: false,
            restrictions: Arc::new(request.restrictions),
            key,
            certificates: Certificates::default(),
        };
        match self.ports.store().add(record.clone(), key_place).await {
            // Only a derived key can be there.
            Err(StoreError::ChangedByAnother) => {
                Err(RequestError::DerivedAlready(record.fingerprint()).into())
            }
            added => {
                added?;
                Ok(self.listed(record.into()).await)
            }
        }
    }

    /// # Errors
    ///
    /// The owner has the key that the request derives, unless it is lost: then the same words
    /// derive another one.
    async fn is_not_derived(&self, request: &Generate) -> Result<(), RequestError> {
        let Some(derivation) = &request.derivation else {
            return Ok(());
        };
        let records = self.ports.store().list(&request.target.owner).await;
        let same = records.into_iter().find(|record| {
            record.algorithm == request.algorithm
                && record.key.derivation() == Some(derivation)
                && self.state_of(&self.ports.tpm().status(), record) == KeyState::Usable
        });
        match same {
            None => Ok(()),
            Some(record) => Err(RequestError::DerivedAlready(record.fingerprint())),
        }
    }
}

/// # Errors
///
/// ssh-tpm-agent derives no key of this kind, or one of its keys is wanted without the right to
/// manage host keys.
fn derivation(
    target: &Target,
    algorithm: Algorithm,
    from: DerivedFrom,
) -> Result<Derivation, RequestError> {
    match from {
        DerivedFrom::Label(hierarchy, label) => {
            Ok(Derivation::new(&target.owner, hierarchy, label))
        }
        DerivedFrom::SshTpmAgent(_) if target.relation() != Relation::Host => {
            Err(RequestError::TemplateForUser)
        }
        DerivedFrom::SshTpmAgent(hierarchy) => match algorithm {
            Algorithm::Ecdsa(EcdsaCurve::NistP256) | Algorithm::Rsa(RsaBits::B2048) => {
                Ok(Derivation::of_ssh_tpm_agent(hierarchy))
            }
            _ => Err(RequestError::NotInTemplate),
        },
    }
}

/// # Errors
///
/// The TPM derives no key of this kind, or it would check no PIN of it; or the key is to be bound.
fn can_be_derived(
    algorithm: Algorithm,
    pin: Option<&Pin>,
    pcrs: Option<PcrSelection>,
) -> Result<(), RequestError> {
    match pin {
        _ if algorithm.holding() == Holding::Sealed => Err(RequestError::DerivedSealed),
        Some(_) => Err(RequestError::DerivedWithPin),
        None if pcrs.is_some() => Err(RequestError::DerivedBound),
        None => Ok(()),
    }
}
