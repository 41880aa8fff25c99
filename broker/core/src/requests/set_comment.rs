//! A request to rename a key.

use crate::comment::Comment;
use crate::identity::Caller;
use crate::policy::{Action, Details, Request, Target};
use sshtpm_ssh::fingerprint::Fingerprint;
use sshtpm_ssh::quoted::Quoted;
use sshtpm_ssh::words::Words;

/// A request to rename a key.
#[derive(Clone, Debug)]
pub struct SetComment {
    /// Whose key.
    pub target: Target,
    /// The key.
    pub fingerprint: Fingerprint,
    /// Its new name, for people.
    pub comment: Comment,
    /// Whether the key may be one that [asks a person](crate::key::KeyRecord::asks_a_person). The
    /// person reads the comment, so changing it takes one, too.
    pub may_ask_a_person: bool,
}

impl Request for SetComment {
    fn caller(&self) -> &Caller {
        &self.target.caller
    }

    fn action(&self) -> Action {
        self.target.action(match self.may_ask_a_person {
            true => Action::ChangeOwnKey,
            false => Action::CommentOwnKey,
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
            message: Words::from("Authentication is required to rename the SSH key ")
                .and(self.fingerprint)
                .and(" of the user ")
                .and(Quoted::new(self.target.owner.name().as_str()))
                .and(" to ")
                .and(Quoted::new(self.comment.as_str())),
        }
    }
}
