//! A request to be told how near the TPM is to its dictionary-attack lockout.

use crate::identity::Caller;
use crate::policy::{Action, Details, Request};

/// A request for the state of the lockout.
#[derive(Clone, Debug)]
pub struct GetLockout {
    /// The caller.
    pub caller: Caller,
}

impl Request for GetLockout {
    fn caller(&self) -> &Caller {
        &self.caller
    }

    fn action(&self) -> Action {
        Action::InspectTpm
    }

    fn details(&self) -> Details {
        Details {
            entries: Vec::new(),
            message: "Authentication is required to ask the TPM about its state".into(),
        }
    }
}
