//! A request to show that a user's attestation key is in this machine's TPM.

use crate::endorsement::Credential;
use crate::identity::{Caller, Owner};
use crate::policy::{Action, Details, Request};
use sshtpm_ssh::endorsement::EndorsementHash;
use sshtpm_ssh::quoted::Quoted;
use sshtpm_ssh::words::Words;

/// A request to decrypt a credential.
#[derive(Clone, Debug)]
pub struct ActivateCredential {
    /// The caller.
    pub caller: Caller,
    /// The user whose attestation key is meant.
    pub owner: Owner,
    /// The endorsement key for which it was encrypted; `None` is the first one.
    pub endorsement_key: Option<EndorsementHash>,
    /// What a verifier made.
    pub credential: Credential,
}

impl Request for ActivateCredential {
    fn caller(&self) -> &Caller {
        &self.caller
    }

    fn action(&self) -> Action {
        Action::IdentifyTpm
    }

    fn details(&self) -> Details {
        let owner = self.owner.name().as_str();
        Details {
            entries: vec![("owner", owner.to_owned())],
            message: Words::from(
                "Authentication is required to enrol this machine: to show a verifier that the \
                 attestation key of the user ",
            )
            .and(Quoted::new(owner))
            .and(" is in its TPM"),
        }
    }
}
