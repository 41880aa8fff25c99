//! Requests to be told how much work waits for the TPM: one's own, or everybody's.

use crate::identity::Caller;
use crate::policy::{Action, Details, Request};

/// A request for the caller's own part of the queue.
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
            message: "Authentication is required to see what waits for the TPM".into(),
        }
    }
}

/// A request for the whole queue, which tells what others do. No person is asked for it: a
/// caller who is not allowed at once gets the own part.
#[derive(Clone, Debug)]
pub struct GetWholeQueue {
    caller: Caller,
}

impl GetWholeQueue {
    /// The request of `caller`.
    pub(crate) fn new(caller: &Caller) -> Self {
        Self {
            caller: Caller {
                interactive: false,
                ..caller.clone()
            },
        }
    }
}

impl Request for GetWholeQueue {
    fn caller(&self) -> &Caller {
        &self.caller
    }

    fn action(&self) -> Action {
        Action::ManageTpm
    }

    fn details(&self) -> Details {
        Details {
            entries: Vec::new(),
            message: "Authentication is required to see what everybody has waiting for the TPM"
                .into(),
        }
    }
}
