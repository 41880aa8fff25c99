//! A request to delete a key for good.

use crate::identity::Caller;
use crate::policy::{Action, Details, Request, Target};
use sshtpm_ssh::fingerprint::Fingerprint;
use sshtpm_ssh::quoted::Quoted;
use sshtpm_ssh::words::Words;

/// A request to delete a key.
#[derive(Clone, Debug)]
pub struct Delete {
    /// Whose key.
    pub target: Target,
    /// The key.
    pub fingerprint: Fingerprint,
}

impl Request for Delete {
    fn caller(&self) -> &Caller {
        &self.target.caller
    }

    fn action(&self) -> Action {
        self.target.action(Action::DeleteOwnKey)
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
            message: Words::from("Authentication is required to delete the SSH key ")
                .and(self.fingerprint)
                .and(" of the user ")
                .and(Quoted::new(self.target.owner.name().as_str()))
                .and(" for good"),
        }
    }
}
