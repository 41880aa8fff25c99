//! A request to adopt a key.

use std::sync::Arc;

use super::key_details::{origin_and_holding, purposes, while_unlocked};
use crate::adopt::Loadable;
use crate::comment::Comment;
use crate::identity::Caller;
use crate::key::{Holding, Origin};
use crate::pins::{Pin, Reserve};
use crate::policy::{Action, Details, Request, Target};
use crate::restrictions::{Change, Restrictions};
use sshtpm_ssh::algorithm::Algorithm;
use sshtpm_ssh::fingerprint::Fingerprint;
use sshtpm_ssh::quoted::Quoted;
use sshtpm_ssh::words::Words;

/// The arguments of a request to adopt a key.
#[derive(Debug)]
pub struct LoadableKey {
    /// The key.
    pub loadable: Loadable,
    /// The name of the key, for people.
    pub comment: Comment,
    /// What is said of its restrictions.
    pub restrictions: Change,
    /// What it takes to use it, now and from then on.
    pub passwords: Passwords,
}

/// The authorization value that the key has, and the one that it is to have; `None` is an empty
/// one.
#[derive(Clone, Debug)]
pub struct Passwords {
    /// The one that it has.
    pub present: Option<Arc<Pin>>,
    /// The one that it is to have: its PIN.
    pub new: Option<Arc<Pin>>,
}

impl Passwords {
    /// Whether another value is to take the place of the one that the key has.
    pub fn differ(&self) -> bool {
        self.present.is_some() || self.new.is_some()
    }
}

/// A request to adopt a key.
#[derive(Clone, Debug)]
pub struct Adopt {
    pub(crate) target: Target,
    /// The key.
    pub loadable: Arc<Loadable>,
    pub(crate) comment: Comment,
    pub(crate) restrictions: Restrictions,
    /// The tries that have to be left at the TPM.
    pub reserve: Reserve,
}

impl Adopt {
    pub(crate) fn algorithm(&self) -> Algorithm {
        self.loadable.algorithm()
    }

    pub(crate) fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(self.loadable.public_key())
    }
}

impl Request for Adopt {
    fn caller(&self) -> &Caller {
        &self.target.caller
    }

    fn action(&self) -> Action {
        self.target.action(Action::AdoptOwnKey)
    }

    fn key(&self) -> Option<Fingerprint> {
        Some(self.fingerprint())
    }

    fn details(&self) -> Details {
        let owner = self.target.owner.name().as_str();
        let [origin, holding] = origin_and_holding(Origin::Adopted, Holding::Tpm);
        Details {
            entries: vec![
                ("owner", owner.to_owned()),
                ("key", self.fingerprint().to_string()),
                ("algorithm", self.algorithm().ssh_name().to_owned()),
                ("bits", self.algorithm().bits().to_string()),
                ("comment", self.comment.as_str().to_owned()),
                purposes(&self.restrictions),
                while_unlocked(&self.restrictions),
                origin,
                holding,
            ],
            message: Words::from("Authentication is required to take the SSH key ")
                .and(self.fingerprint())
                .and(", which another program made in the TPM, into the keeping of sshtpm for ")
                .and("the user ")
                .and(Quoted::new(owner)),
        }
    }
}
