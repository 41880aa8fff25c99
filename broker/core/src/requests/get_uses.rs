//! A request to see how the caller's keys were used.

use crate::identity::Caller;
use crate::policy::{Action, Details, Request};
use sshtpm_ssh::fingerprint::Fingerprint;
use sshtpm_ssh::quoted::Quoted;
use sshtpm_ssh::words::Words;

/// A request for the uses of the caller's keys.
#[derive(Clone, Debug)]
pub struct GetUses {
    /// The caller.
    pub caller: Caller,
    /// One key, which may be deleted by now; `None` means all.
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
            message: Words::from(
                "Authentication is required to see the uses of the SSH keys of the user ",
            )
            .and(Quoted::new(self.caller.owner.name().as_str())),
        }
    }
}
