//! A request to move the records of lost keys out of the way.

use super::key_details::key_details;
use crate::identity::Caller;
use crate::policy::{Action, Details, Request, Target};
use sshtpm_ssh::fingerprint::Fingerprint;
use sshtpm_ssh::quoted::Quoted;
use sshtpm_ssh::words::Words;

/// A request to archive lost keys.
#[derive(Clone, Debug)]
pub struct ArchiveLost {
    /// Whose keys.
    pub target: Target,
    /// One key; `None` means all that are lost.
    pub key: Option<Fingerprint>,
}

impl Request for ArchiveLost {
    fn caller(&self) -> &Caller {
        &self.target.caller
    }

    fn action(&self) -> Action {
        self.target.action(Action::DeleteOwnKey)
    }

    fn key(&self) -> Option<Fingerprint> {
        self.key
    }

    fn details(&self) -> Details {
        if let Some(key) = self.key {
            let begin = "Authentication is required to archive the lost SSH key ";
            return key_details(&self.target, key, begin);
        }
        let owner = self.target.owner.name().as_str();
        Details {
            entries: vec![("owner", owner.to_owned())],
            message: Words::from(
                "Authentication is required to archive the lost SSH keys of the user ",
            )
            .and(Quoted::new(owner)),
        }
    }
}
