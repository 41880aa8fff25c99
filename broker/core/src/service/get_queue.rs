//! Asking what waits for the TPM.

use super::{Ports, Service};
use crate::error::Error;
use crate::identity::Caller;
use crate::policy::{Action, Details, Request, authorize};
use crate::ports::Tpm as _;
use crate::queue::QueueState;

/// A wish to know what waits.
#[derive(Clone, Debug)]
pub struct GetQueue {
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

impl<P: Ports> Service<P> {
    /// Counts what waits, without asking the TPM and without saying whose it is.
    ///
    /// # Errors
    ///
    /// The caller is not allowed to know.
    pub async fn get_queue(&self, caller: Caller) -> Result<QueueState, Error> {
        let _request = self.admit(&caller)?;
        let permit = authorize(self.ports.authority(), GetQueue { caller }).await?;
        Ok(self.ports.tpm().queue(permit))
    }
}
