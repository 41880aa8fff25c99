//! A request to see how the caller's keys were used.

use crate::fingerprint::Fingerprint;
use crate::identity::Caller;
use crate::policy::{Action, Details, Request};

/// A wish to see how one's own keys were used.
#[derive(Clone, Debug)]
pub struct GetUses {
    /// Who asks.
    pub caller: Caller,
    /// The one key that is meant, or all; it may be gone by now.
    pub key: Option<Fingerprint>,
}

impl Request for GetUses {
    fn caller(&self) -> &Caller {
        &self.caller
    }

    fn action(&self) -> Action {
        Action::ListOwnKeys
    }

    fn details(&self) -> Details {
        Details {
            entries: vec![("owner", self.caller.owner.name().as_str().to_owned())],
            message: "Authentication is required to see how the SSH keys of $(owner) were used",
        }
    }
}
