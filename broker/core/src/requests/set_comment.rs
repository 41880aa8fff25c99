//! A request to rename a key.

use super::key_details::key_details;
use crate::comment::Comment;
use crate::identity::Caller;
use crate::policy::{Action, Details, Request, Target};
use sshtpm_ssh::fingerprint::Fingerprint;
use sshtpm_ssh::quoted::Quoted;

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
        let begin = "Authentication is required to rename the SSH key ";
        let mut details = key_details(&self.target, self.fingerprint, begin);
        details.message = details
            .message
            .and(" to ")
            .and(Quoted::new(self.comment.as_str()));
        details
    }
}
