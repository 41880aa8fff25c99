//! Generating a key.

use super::{ListedKey, Ports, Service};
use crate::core::algorithm::{Algorithm, Wanted};
use crate::core::comment::Comment;
use crate::core::error::{Error, LimitError, RequestError, TpmError};
use crate::core::identity::{Caller, Owner};
use crate::core::key::KeyRecord;
use crate::core::policy::{Action, Details, Relation, Request, Target, authorize};
use crate::core::ports::{Clock as _, KeyStore as _, Tpm as _, TpmState};
use crate::core::quota::Claim;

/// A key that is wanted.
#[derive(Clone, Debug)]
pub(crate) struct Generate {
    pub(crate) target: Target,
    pub(crate) algorithm: Algorithm,
    pub(crate) comment: Comment,
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
    /// Has the TPM make a key for the caller, or for sshd, and stores it.
    ///
    /// # Errors
    ///
    /// The TPM does not offer the algorithm, the caller has no place left or is not allowed to, the
    /// TPM or the disk fails. Nothing is left behind then.
    pub(crate) async fn generate(
        &self,
        caller: Caller,
        named: Option<Owner>,
        wanted: Wanted,
        comment: Comment,
    ) -> Result<ListedKey, Error> {
        let _request = self.admit(&caller)?;
        let target = Target::new(caller, named, self.host.as_str());
        if target.relation() == Relation::Other {
            return Err(RequestError::generate_for_other(&self.host).into());
        }
        let algorithm = self.offered(wanted)?;
        let owner = target.owner.clone();
        let request = Generate {
            target,
            algorithm,
            comment: comment.clone(),
        };
        let permit = authorize(self.ports.authority(), request).await?;
        let place = self.place_for_key(&owner)?;
        let key = self.ports.tpm().create(permit).await?;
        let created = self.ports.clock().now();
        let record = KeyRecord {
            owner,
            algorithm,
            comment,
            created,
            key,
        };
        self.ports.store().add(record.clone(), place).await?;
        Ok(self.listed(record.into()))
    }

    fn offered(&self, wanted: Wanted) -> Result<Algorithm, Error> {
        let status = self.ports.tpm().status();
        let Some(facts) = status.facts else {
            return Err(not_ready(status.state, status.reason).into());
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
        let at_most = self.limits.keys_per_user;
        let taken = || self.ports.store().list(owner).len();
        self.new_keys
            .claim(owner.uid(), taken, at_most)
            .ok_or(LimitError::Keys(at_most))
    }
}

/// A TPM that never answered cannot have said what it offers.
fn not_ready(state: TpmState, reason: String) -> TpmError {
    match state {
        TpmState::Unprovisioned => TpmError::ParentUnavailable(reason),
        _ => TpmError::Unavailable(reason),
    }
}
