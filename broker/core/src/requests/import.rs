//! A request to import a key.

use std::sync::Arc;

use super::key_details::{bound_to, key_details, origin_and_holding, purposes, while_unlocked};
use crate::comment::Comment;
use crate::identity::Caller;
use crate::import::Wrapped;
use crate::key::{KeyRecord, Origin, Protection};
use crate::policy::{Action, Details, Relation, Request, Target};
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
    /// Whether it is to take the place of the same key, which is bound to PCRs.
    pub rebinds: bool,
}

/// The record of the same key, whose place an imported key takes.
#[derive(Clone, Debug)]
pub(crate) enum Former {
    /// From before the TPM was cleared or replaced.
    Lost(Arc<KeyRecord>),
    /// Bound to values that PCRs had.
    Bound(Arc<KeyRecord>),
}

impl Former {
    pub(crate) fn record(&self) -> &Arc<KeyRecord> {
        match self {
            Self::Lost(record) | Self::Bound(record) => record,
        }
    }
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
    /// The record whose place the key takes, if it takes one.
    pub(crate) former: Option<Former>,
}

impl Import {
    /// Whether the key would be less protected than it was in the record `former`.
    fn relaxes(&self, former: &KeyRecord) -> bool {
        let pin = former.key.protection == Protection::Pin
            && self.wrapped.public().protection() == Protection::Nothing;
        // Questions name such a key by its comment.
        let name = former.asks_a_person() && self.comment != former.comment;
        // Their values are those of now; which PCRs they are has to be as it was.
        let pcrs = former.key.pcrs.is_some() && self.wrapped.pcrs() != former.key.pcr_selection();
        pin || pcrs || name || self.restrictions.relaxes(&former.restrictions)
    }

    /// What a key is bound to that is bound anew.
    fn to_present_values(&self) -> Words {
        let pcrs = self.wrapped.pcrs().map(Words::from).unwrap_or_default();
        Words::from(", to the present values of PCRs ").and(pcrs)
    }

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

    /// Importing a lost key again must not be a way around its rules. Which start of the machine a
    /// key is bound to is such a rule.
    fn further(&self) -> Option<(Action, Details)> {
        if self.target.relation() != Relation::Own {
            return None;
        }
        let former = self.former.as_ref()?;
        let less = match self.relaxes(former.record()) {
            true => ", with less protection than it had",
            false => "",
        };
        let (begin, end) = match former {
            Former::Lost(_) if less.is_empty() => return None,
            Former::Lost(_) => ("import", Words::default()),
            Former::Bound(_) => ("bind anew", self.to_present_values()),
        };
        let begin = Words::from("Authentication is required to ").and(begin);
        let mut details = key_details(&self.target, self.fingerprint(), begin.and(" the SSH key "));
        details.message = details.message.and(less).and(end);
        Some((Action::ChangeOwnKey, details))
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
                purposes(&self.restrictions),
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
