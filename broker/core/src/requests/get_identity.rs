//! A request to be shown the identity of the machine's TPM.

use crate::identity::Caller;
use crate::policy::{Action, Details, Request};

/// A request for the endorsement keys and their certificates.
#[derive(Clone, Debug)]
pub struct GetIdentity {
    /// The caller.
    pub caller: Caller,
}

impl Request for GetIdentity {
    fn caller(&self) -> &Caller {
        &self.caller
    }

    fn action(&self) -> Action {
        Action::IdentifyTpm
    }

    fn details(&self) -> Details {
        Details {
            entries: Vec::new(),
            message: "Authentication is required to see the endorsement keys of the TPM, which \
                      identify this machine"
                .into(),
        }
    }
}
