//! A request to be told how much work waits for the TPM.

use crate::identity::Caller;
use crate::policy::{Action, Details, Request};

/// A request for the state of the queue.
#[derive(Clone, Debug)]
pub struct GetQueue {
    /// The caller.
    pub caller: Caller,
}

impl Request for GetQueue {
    fn caller(&self) -> &Caller {
        &self.caller
    }

    fn action(&self) -> Action {
        Action::InspectTpm
    }

    fn details(&self) -> Details {
        Details {
            entries: Vec::new(),
            message: "Authentication is required to see what waits for the TPM",
        }
    }
}
