//! A request to delete a key for good.

use super::key_details::key_details;
use crate::identity::Caller;
use crate::policy::{Action, Details, Request, Target};
use sshtpm_ssh::fingerprint::Fingerprint;

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
        let begin = "Authentication is required to delete the SSH key ";
        let mut details = key_details(&self.target, self.fingerprint, begin);
        details.message = details.message.and(" for good");
        details
    }
}
