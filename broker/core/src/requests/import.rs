//! A request to import a key.

use std::sync::Arc;

use super::key_details::{bound_to, origin_and_holding, while_unlocked};
use crate::comment::Comment;
use crate::identity::Caller;
use crate::import::Wrapped;
use crate::key::Origin;
use crate::policy::{Action, Details, Request, Target};
use crate::restrictions::{Change, Restrictions};
use sshtpm_ssh::algorithm::Algorithm;
use sshtpm_ssh::fingerprint::Fingerprint;
use sshtpm_ssh::quoted::Quoted;
use sshtpm_ssh::words::Words;

/// The arguments of a request to import a key.
#[derive(Debug)]
pub struct WrappedKey {
    /// The key. It has its PIN in it, if it has one.
    pub wrapped: Wrapped,
    /// The name of the key, for people.
    pub comment: Comment,
    /// What is said of its restrictions.
    pub restrictions: Change,
    /// Whether the caller keeps a copy elsewhere.
    pub backed_up: bool,
}

/// A request to import a key.
#[derive(Clone, Debug)]
pub struct Import {
    pub(crate) target: Target,
    /// The key.
    pub wrapped: Arc<Wrapped>,
    pub(crate) comment: Comment,
    pub(crate) restrictions: Restrictions,
    pub(crate) backed_up: bool,
}

impl Import {
    pub(crate) fn algorithm(&self) -> Algorithm {
        self.wrapped.algorithm()
    }

    pub(crate) fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(self.wrapped.public_key())
    }
}

impl Request for Import {
    fn caller(&self) -> &Caller {
        &self.target.caller
    }

    fn action(&self) -> Action {
        self.target.action(Action::ImportOwnKey)
    }

    fn key(&self) -> Option<Fingerprint> {
        Some(self.fingerprint())
    }

    fn details(&self) -> Details {
        let owner = self.target.owner.name().as_str();
        let holding = self.wrapped.public().holding();
        let [origin, holding] = origin_and_holding(Origin::Imported, holding);
        Details {
            entries: vec![
                ("owner", owner.to_owned()),
                ("key", self.fingerprint().to_string()),
                ("algorithm", self.algorithm().ssh_name().to_owned()),
                ("bits", self.algorithm().bits().to_string()),
                ("comment", self.comment.as_str().to_owned()),
                while_unlocked(&self.restrictions),
                origin,
                holding,
                bound_to(self.wrapped.pcrs()),
            ],
            message: Words::from("Authentication is required to import the SSH key ")
                .and(self.fingerprint())
                .and(" into the TPM for the user ")
                .and(Quoted::new(owner)),
        }
    }
}
