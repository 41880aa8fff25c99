//! A request that the TPM itself keep a key, or no longer keep it.

use super::key_details::key_details;
use crate::identity::Caller;
use crate::policy::{Action, Details, Request, Target};
use sshtpm_ssh::fingerprint::Fingerprint;

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
        let begin = match self.wanted {
            true => "Authentication is required to have the TPM itself keep the SSH key ",
            false => "Authentication is required to have the TPM no longer keep the SSH key ",
        };
        key_details(&self.target, self.fingerprint, begin)
    }
}
