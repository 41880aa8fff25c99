//! A request that the TPM itself keep a key, or no longer keep it.

use crate::identity::Caller;
use crate::policy::{Action, Details, Request, Target};
use sshtpm_ssh::fingerprint::Fingerprint;
use sshtpm_ssh::quoted::Quoted;
use sshtpm_ssh::words::Words;

/// A request that the TPM keep a key, or no longer keep it.
#[derive(Clone, Debug)]
pub struct SetPersistent {
    /// Whose key.
    pub target: Target,
    /// The key.
    pub fingerprint: Fingerprint,
    /// Whether the TPM is to keep it.
    pub wanted: bool,
}

impl Request for SetPersistent {
    fn caller(&self) -> &Caller {
        &self.target.caller
    }

    fn action(&self) -> Action {
        Action::ManageTpm
    }

    fn key(&self) -> Option<Fingerprint> {
        Some(self.fingerprint)
    }

    fn details(&self) -> Details {
        Details {
            entries: vec![
                ("owner", self.target.owner.name().as_str().to_owned()),
                ("key", self.fingerprint.to_string()),
            ],
            message: Words::from(match self.wanted {
                true => "Authentication is required to have the TPM itself keep the SSH key ",
                false => "Authentication is required to have the TPM no longer keep the SSH key ",
            })
            .and(self.fingerprint)
            .and(" of the user ")
            .and(Quoted::new(self.target.owner.name().as_str())),
        }
    }
}
