//! Generating a key.

use super::{ListedKey, Ports, Service};
use crate::core::algorithm::{Algorithm, Wanted};
use crate::core::comment::Comment;
use crate::core::error::{Error, LimitError, RequestError};
use crate::core::identity::{Caller, Owner};
use crate::core::key::KeyRecord;
use crate::core::policy::{Action, Details, Permit, Relation, Request, Target, authorize};
use crate::core::ports::{Clock as _, KeyStore as _, Tpm as _};
use crate::core::quota::Claim;

/// A key that is wanted.
#[derive(Clone, Debug)]
pub(crate) struct Generate {
    pub(crate) target: Target,
    pub(crate) algorithm: Algorithm,
    pub(crate) comment: Comment,
}

/// A key that may be made, and the places that it takes meanwhile.
#[derive(Debug)]
#[must_use = "the place for the key is given back when this is dropped"]
pub(crate) struct Generation {
    permit: Permit<Generate>,
    key_place: Claim,
    _request_place: Claim,
}

impl Request for Generate {
    fn caller(&self) -> &Caller {
        &self.target.caller
    }

    fn action(&self) -> Action {
        self.target.action(Action::CreateOwnKey)
    }

    fn details(&self) -> Details {
        Details {
            entries: vec![
                ("owner", self.target.owner.name().as_str().to_owned()),
                ("algorithm", self.algorithm.ssh_name().to_owned()),
                ("bits", self.algorithm.bits().to_string()),
                ("comment", self.comment.as_str().to_owned()),
            ],
            message: "Authentication is required to generate an SSH key in the TPM for $(owner)",
        }
    }
}

impl<P: Ports> Service<P> {
    /// Asks whether the caller may have a key made, for oneself or for sshd, and takes a place for it.
    ///
    /// # Errors
    ///
    /// The TPM does not offer the algorithm, or the caller has no place left or is not allowed to.
    pub(crate) async fn begin_generate(
        &self,
        caller: Caller,
        named: Option<Owner>,
        wanted: Wanted,
        comment: Comment,
    ) -> Result<Generation, Error> {
        let request_place = self.admit(&caller)?;
        let target = Target::new(caller, named, self.host.as_str());
        if target.relation() == Relation::Other {
            return Err(RequestError::generate_for_other(&self.host).into());
        }
        let request = Generate {
            algorithm: self.offered(&target.caller, wanted).await?,
            target,
            comment,
        };
        let permit = authorize(self.ports.authority(), request).await?;
        let key_place = self.place_for_key(&permit.request().target.owner)?;
        Ok(Generation {
            permit,
            key_place,
            _request_place: request_place,
        })
    }

    /// Has the TPM make the key, and stores it. Whoever calls this sees it through to its end, also
    /// if the caller leaves: otherwise leaving would make the TPM's longest work free of charge.
    ///
    /// # Errors
    ///
    /// The TPM or the disk fails. Nothing is left behind then.
    pub(crate) async fn finish_generate(&self, generation: Generation) -> Result<ListedKey, Error> {
        let Generation {
            permit,
            key_place,
            _request_place,
        } = generation;
        let Generate {
            target,
            algorithm,
            comment,
        } = permit.request().clone();
        let key = self.ports.tpm().create(permit).await?;
        let record = KeyRecord {
            owner: target.owner,
            algorithm,
            comment,
            created: self.ports.clock().now(),
            key,
        };
        self.ports.store().add(record.clone(), key_place).await?;
        Ok(self.listed(record.into()))
    }

    async fn offered(&self, caller: &Caller, wanted: Wanted) -> Result<Algorithm, Error> {
        let tpm = self.ports.tpm();
        let facts = match tpm.status().facts {
            Some(facts) => facts,
            // Somebody may have done by now what the last look said has to be done.
            None => tpm.look(caller.owner.uid()).await?,
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

    fn place_for_key(&self, owner: &Owner) -> Result<Claim, LimitError> {
        let at_most = self.limits().keys_per_user;
        let taken = || self.ports.store().list(owner).len();
        self.new_keys
            .claim(owner.uid(), taken, at_most)
            .ok_or(LimitError::Keys(at_most))
    }
}
