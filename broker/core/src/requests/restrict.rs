//! A request to change what a key may be used for.

use crate::identity::Caller;
use crate::policy::{Action, Details, Request, Target};
use crate::restrictions::Restrictions;
use sshtpm_ssh::fingerprint::Fingerprint;
use sshtpm_ssh::quoted::Quoted;
use sshtpm_ssh::words::Words;

/// A request to change the restrictions of a key.
#[derive(Clone, Debug)]
pub struct Restrict {
    /// Whose key.
    pub target: Target,
    /// The key.
    pub fingerprint: Fingerprint,
    /// The restrictions that decided whether this relaxes anything. A key with others is not
    /// changed.
    pub before: Restrictions,
    /// What the key gets.
    pub after: Restrictions,
}

impl Request for Restrict {
    fn caller(&self) -> &Caller {
        &self.target.caller
    }

    fn action(&self) -> Action {
        self.target.action(if self.after.relaxes(&self.before) {
            Action::ChangeOwnKey
        } else {
            Action::RestrictOwnKey
        })
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
            message: Words::from("Authentication is required to change what the SSH key ")
                .and(self.fingerprint)
                .and(" of the user ")
                .and(Quoted::new(self.target.owner.name().as_str()))
                .and(" may be used for"),
        }
    }
}
