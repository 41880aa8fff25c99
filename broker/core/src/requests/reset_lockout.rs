//! A request to end the TPM's dictionary-attack lockout.

use crate::identity::Caller;
use crate::policy::{Action, Details, Request};

/// A request that the TPM forget all failed tries.
#[derive(Clone, Debug)]
pub struct ResetLockout {
    /// The caller.
    pub caller: Caller,
}

impl Request for ResetLockout {
    fn caller(&self) -> &Caller {
        &self.caller
    }

    fn action(&self) -> Action {
        Action::ManageTpm
    }

    fn details(&self) -> Details {
        Details {
            entries: Vec::new(),
            message: "Authentication is required to have the TPM forget all failed tries".into(),
        }
    }
}
