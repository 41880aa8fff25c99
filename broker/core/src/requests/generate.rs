//! A request to generate a key.

use std::sync::Arc;

use super::key_details::{bound_to, origin_and_holding, purposes, while_unlocked};
use crate::algorithm::Wanted;
use crate::comment::Comment;
use crate::derivation::{Derivation, DerivedFrom};
use crate::identity::Caller;
use crate::key::Origin;
use crate::pins::Pin;
use crate::policy::{Action, Details, Request, Target};
use crate::restrictions::{Change, Restrictions};
use sshtpm_ssh::algorithm::Algorithm;
use sshtpm_ssh::pcr::PcrSelection;
use sshtpm_ssh::quoted::Quoted;
use sshtpm_ssh::word::Word as _;
use sshtpm_ssh::words::Words;

/// The arguments of a request to generate a key.
#[derive(Debug)]
pub struct NewKey {
    /// The algorithm that is asked for.
    pub wanted: Wanted,
    /// The name of the key, for people.
    pub comment: Comment,
    /// What is said of its restrictions.
    pub restrictions: Change,
    /// Its PIN, if it gets one.
    pub pin: Option<Pin>,
    /// What it is derived from, if it is to be.
    pub derived: Option<DerivedFrom>,
    /// The PCRs to whose present values it is bound.
    pub pcrs: Option<PcrSelection>,
}

/// A request to generate a key.
#[derive(Clone, Debug)]
pub struct Generate {
    pub(crate) target: Target,
    /// Kind and length, which the TPM offers.
    pub algorithm: Algorithm,
    /// What the key is derived from, if it is.
    pub derivation: Option<Arc<Derivation>>,
    /// The PCRs to whose present values it is bound.
    pub pcrs: Option<PcrSelection>,
    pub(crate) comment: Comment,
    pub(crate) restrictions: Restrictions,
}

impl Request for Generate {
    fn caller(&self) -> &Caller {
        &self.target.caller
    }

    fn action(&self) -> Action {
        self.target.action(Action::CreateOwnKey)
    }

    fn details(&self) -> Details {
        let [origin, holding] = origin_and_holding(self.origin(), self.algorithm.holding());
        let mut entries = vec![
            ("owner", self.target.owner.name().as_str().to_owned()),
            ("algorithm", self.algorithm.ssh_name().to_owned()),
            ("bits", self.algorithm.bits().to_string()),
            ("comment", self.comment.as_str().to_owned()),
            purposes(&self.restrictions),
            while_unlocked(&self.restrictions),
            origin,
            holding,
            bound_to(self.pcrs),
        ];
        if let Some(derivation) = &self.derivation {
            entries.push(("hierarchy", derivation.hierarchy().to_string()));
            entries.push(("label", derivation.label().to_string()));
            entries.push(("template", derivation.template().word().to_owned()));
        }
        Details {
            entries,
            message: Words::from(match self.derivation {
                None => "Authentication is required to generate an SSH key in the TPM for ",
                Some(_) => "Authentication is required to derive an SSH key in the TPM for ",
            })
            .and("the user ")
            .and(Quoted::new(self.target.owner.name().as_str())),
        }
    }
}

impl Generate {
    pub(crate) fn origin(&self) -> Origin {
        match self.derivation {
            None => Origin::Generated,
            Some(_) => Origin::Derived,
        }
    }
}
