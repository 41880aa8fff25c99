//! Whose keys a request is about, and which action that makes of it.

use super::action::Action;
use crate::identity::{Caller, Owner};

/// Whose keys a request is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The caller.
    pub caller: Caller,
    /// The caller, or another user that the caller named.
    pub owner: Owner,
    relation: Relation,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    Own,
    Host,
    Other,
}

impl Target {
    /// `named` is the user that the caller named, if any; `host` is the user whose keys are sshd's.
    pub fn new(caller: Caller, named: Option<Owner>, host: &str) -> Self {
        let owner = named.unwrap_or_else(|| caller.owner.clone());
        let relation = if owner == caller.owner {
            Relation::Own
        } else if owner.name().as_str() == host {
            Relation::Host
        } else {
            Relation::Other
        };
        Self {
            caller,
            owner,
            relation,
        }
    }

    pub(crate) fn relation(&self) -> Relation {
        self.relation
    }

    /// The action: `own` for the caller's keys; for those of others it depends on the owner.
    pub(crate) fn action(&self, own: Action) -> Action {
        match self.relation {
            Relation::Own => own,
            Relation::Host => Action::ManageHostKeys,
            Relation::Other => Action::ManageOthers,
        }
    }
}
