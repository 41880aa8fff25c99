//! A request to change what a key may be used for.

use super::key_details::key_details;
use crate::identity::Caller;
use crate::policy::{Action, Details, Request, Target};
use crate::restrictions::Restrictions;
use sshtpm_ssh::fingerprint::Fingerprint;

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
        let begin = "Authentication is required to change what the SSH key ";
        let mut details = key_details(&self.target, self.fingerprint, begin);
        details.message = details.message.and(" may be used for");
        details
    }
}
