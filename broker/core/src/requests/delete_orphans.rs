//! A request to delete the keys of a user who is gone.

use crate::identity::{Caller, Owner};
use crate::policy::{Action, Details, Request};
use sshtpm_ssh::fingerprint::Fingerprint;
use sshtpm_ssh::quoted::Quoted;
use sshtpm_ssh::words::Words;

/// A request to delete keys of a user who is gone.
#[derive(Clone, Debug)]
pub struct DeleteOrphans {
    /// The caller.
    pub caller: Caller,
    /// The user, as the records of the keys name them.
    pub former: Owner,
    /// One key; `None` means all, and what else is kept of the user.
    pub key: Option<Fingerprint>,
}

impl Request for DeleteOrphans {
    fn caller(&self) -> &Caller {
        &self.caller
    }

    fn action(&self) -> Action {
        Action::ManageOthers
    }

    fn key(&self) -> Option<Fingerprint> {
        self.key
    }

    fn details(&self) -> Details {
        let owner = self.former.name().as_str();
        let mut entries = vec![
            ("owner", owner.to_owned()),
            ("uid", self.former.uid().0.to_string()),
        ];
        entries.extend(self.key.map(|key| ("key", key.to_string())));
        let begin = match self.key {
            Some(key) => Words::from("Authentication is required to delete the SSH key ").and(key),
            None => "Authentication is required to delete all SSH keys".into(),
        };
        Details {
            entries,
            message: begin
                .and(" of the former user ")
                .and(Quoted::new(owner))
                .and(" for good"),
        }
    }
}
