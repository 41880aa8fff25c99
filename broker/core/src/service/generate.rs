//! Generating a key.

use std::sync::Arc;

use super::{ListedKey, Service};
use crate::algorithm::Wanted;
use crate::certificates::Certificates;
use crate::error::Error;
use crate::hourly::Counted;
use crate::identity::{Caller, Owner};
use crate::key::{KeyRecord, Origin};
use crate::pins::Pin;
use crate::policy::{Permit, Relation, Target};
use crate::ports::{Clock as _, KeyStore as _, Ports, StoreError, Tpm as _};
use crate::quota::{Claim, LimitError};
use crate::requests::{Generate, NewKey, RequestError};
use crate::restrictions::Restrictions;
use sshtpm_ssh::algorithm::Algorithm;

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
    /// Too many keys were made for the owner lately, or the TPM or the disk fails. No key is left
    /// behind then.
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
        } = permit.request().clone();
        let uid = target.owner.uid();
        let counted = self.count_generation(&target.owner)?;
        if self.keep_counts(uid).await.is_err() {
            counted.take_back();
            return Err(StoreError::NotCounted.into());
        }
        let made = self.ports.tpm().create(permit, pin, left).await;
        let key = match made {
            Ok(key) => key,
            Err(error) => {
                if error.is_before_any_work() {
                    counted.take_back();
                    self.keep_counts_if_possible(uid).await;
                }
                return Err(error.into());
            }
        };
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
        Ok(self.listed(record.into()))
    }

    /// The restrictions of a new key where the caller says nothing.
    fn usual_restrictions(&self, target: &Target) -> Restrictions {
        let usual = Restrictions::before_they_were_named(&target.owner);
        match target.relation() {
            Relation::Own => Restrictions {
                forwarding: self.forwarding_of_new_keys(),
                ..usual
            },
            // No agent that is forwarded serves sshd.
            Relation::Host | Relation::Other => usual,
        }
    }

    async fn offered(&self, caller: &Caller, wanted: Wanted) -> Result<Algorithm, Error> {
        let tpm = self.ports.tpm();
        let facts = match tpm.status().facts {
            Some(facts) => facts,
            // The administrator may have done by now what the last look asked for.
            None => tpm.look(&caller.owner).await?,
        };
        wanted.choose(&facts.algorithms).ok_or_else(|| {
            let offered = facts.algorithms.iter().map(ToString::to_string);
            let offered = offered.collect::<Vec<_>>().join(", ");
            let (name, bits) = match wanted {
                Wanted::Exactly(one) => (one.ssh_name(), Some(one.bits())),
                Wanted::AnyRsa => ("RSA", None),
            };
            RequestError::NotOffered {
                name: name.to_owned(),
                bits,
                offered,
            }
            .into()
        })
    }

    async fn place_for_key(&self, owner: &Owner) -> Result<Claim, LimitError> {
        let at_most = self.limits().keys_per_user;
        // This reads the keys. They are counted while no claim can be made.
        self.ports.store().list(owner).await;
        let taken = || self.ports.store().count(owner);
        self.new_keys
            .claim(owner.uid(), taken, at_most)
            .ok_or(LimitError::Keys(at_most))
    }

    fn count_generation(&self, owner: &Owner) -> Result<Counted, LimitError> {
        let at_most = self.limits().keys_generated_per_hour;
        let now = self.ports.clock().since_boot();
        let counted = self.generated.count(owner.uid(), at_most, now);
        counted.map_err(|room_in| LimitError::GeneratedPerHour { at_most, room_in })
    }
}
