//! A request to measure how fast the TPM is.

use crate::identity::Caller;
use crate::policy::{Action, Details, Request};

/// A request to measure how long commands of the TPM take.
#[derive(Clone, Debug)]
pub struct MeasureTpm {
    /// The caller.
    pub caller: Caller,
    /// Whether the TPM makes an RSA key for it, too, which can take it half a minute.
    pub with_rsa: bool,
}

impl Request for MeasureTpm {
    fn caller(&self) -> &Caller {
        &self.caller
    }

    fn action(&self) -> Action {
        Action::ManageTpm
    }

    fn details(&self) -> Details {
        Details {
            entries: Vec::new(),
            message: "Authentication is required to measure how fast the TPM is".into(),
        }
    }
}
