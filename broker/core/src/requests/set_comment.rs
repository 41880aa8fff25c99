//! A request to rename a key.

use crate::comment::Comment;
use crate::identity::Caller;
use crate::policy::{Action, Details, Request, Target};
use sshtpm_ssh::fingerprint::Fingerprint;

/// A request to rename a key.
#[derive(Clone, Debug)]
pub struct SetComment {
    /// Whose key.
    pub target: Target,
    /// The key.
    pub fingerprint: Fingerprint,
    /// Its new name, for people.
    pub comment: Comment,
}

impl Request for SetComment {
    fn caller(&self) -> &Caller {
        &self.target.caller
    }

    fn action(&self) -> Action {
        self.target.action(Action::CommentOwnKey)
    }

    fn details(&self) -> Details {
        Details {
            entries: vec![
                ("owner", self.target.owner.name().as_str().to_owned()),
                ("key", self.fingerprint.to_string()),
            ],
            message: "Authentication is required to rename the SSH key $(key) of $(owner)",
        }
    }
}
