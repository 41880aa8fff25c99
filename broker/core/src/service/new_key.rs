//! What every new key takes, whether it is generated, imported or adopted: its place, its part of
//! the hour, the restrictions that it has where the caller says nothing.

use super::Service;
use crate::algorithm::Wanted;
use crate::error::Error;
use crate::hourly::Counted;
use crate::identity::{Caller, Owner};
use crate::key::Holding;
use crate::policy::{Relation, Target};
use crate::ports::{Clock as _, KeyStore as _, Ports, StoreError, Tpm as _};
use crate::quota::{Claim, LimitError};
use crate::requests::RequestError;
use crate::restrictions::{Change, Restrictions};
use sshtpm_ssh::algorithm::Algorithm;

impl<P: Ports> Service<P> {
    /// The restrictions of a new key where the caller says nothing.
    pub(super) fn usual_restrictions(&self, target: &Target) -> Restrictions {
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

    /// # Errors
    ///
    /// The key is to be raw, and its algorithm signs no digests, or it is to be limited in a way
    /// that a raw key cannot be.
    pub(super) fn can_be_raw(algorithm: Algorithm, change: &Change) -> Result<(), RequestError> {
        change.fits_together()?;
        match algorithm.holding() {
            Holding::Sealed if change.is_to_raw() => Err(RequestError::RawSealed),
            _ => Ok(()),
        }
    }

    pub(super) async fn offered(
        &self,
        caller: &Caller,
        wanted: Wanted,
    ) -> Result<Algorithm, Error> {
        if let Wanted::Exactly(algorithm) = wanted {
            self.may_be_made(algorithm)?;
        }
        let tpm = self.ports.tpm();
        let facts = match self.tpm_status().facts {
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

    pub(super) async fn place_for_key(&self, owner: &Owner) -> Result<Claim, LimitError> {
        let at_most = self.limits().keys_per_user;
        // This reads the keys. They are counted while no claim can be made.
        self.ports.store().list(owner).await;
        let taken = || self.ports.store().count(owner);
        self.new_keys
            .claim(owner.uid(), taken, at_most)
            .ok_or(LimitError::Keys(at_most))
    }

    /// Has the TPM do `work` for a new key of `owner`, which is counted before. It is not counted
    /// if the TPM did nothing.
    ///
    /// # Errors
    ///
    /// Too many keys were made for the owner lately, that cannot be written down, or the TPM fails.
    pub(super) async fn counted<T, E: Into<Error>>(
        &self,
        owner: &Owner,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Error> {
        let uid = owner.uid();
        let counted = self.count_generation(owner)?;
        if self.keep_counts(uid).await.is_err() {
            counted.take_back();
            return Err(StoreError::NotCounted.into());
        }
        match work.await {
            Ok(made) => Ok(made),
            Err(error) => {
                let error = error.into();
                if error.is_before_any_work() {
                    counted.take_back();
                    self.keep_counts_if_possible(uid).await;
                }
                Err(error)
            }
        }
    }

    fn count_generation(&self, owner: &Owner) -> Result<Counted, LimitError> {
        let at_most = self.limits().keys_generated_per_hour;
        let now = self.ports.clock().since_boot();
        let counted = self.generated.count(owner.uid(), at_most, now);
        counted.map_err(|room_in| LimitError::GeneratedPerHour { at_most, room_in })
    }
}
