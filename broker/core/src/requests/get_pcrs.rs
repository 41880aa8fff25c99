//! A request to be told the values of PCRs.

use crate::identity::Caller;
use crate::policy::{Action, Details, Request};
use sshtpm_ssh::pcr::PcrSelection;

/// A request for the values of PCRs.
#[derive(Clone, Debug)]
pub struct GetPcrs {
    /// The caller.
    pub caller: Caller,
    /// The PCRs.
    pub selection: PcrSelection,
}

impl Request for GetPcrs {
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
