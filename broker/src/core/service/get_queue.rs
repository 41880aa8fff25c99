//! Asking what waits for the TPM.

use super::{Ports, Service};
use crate::core::error::Error;
use crate::core::identity::Caller;
use crate::core::policy::{Action, Details, Request, authorize};
use crate::core::ports::Tpm as _;
use crate::core::queue::QueueState;

/// A wish to know what waits.
#[derive(Clone, Debug)]
pub(crate) struct GetQueue {
    pub(crate) caller: Caller,
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
    pub(crate) async fn get_queue(&self, caller: Caller) -> Result<QueueState, Error> {
        let _request = self.admit(&caller)?;
        let permit = authorize(self.ports.authority(), GetQueue { caller }).await?;
        Ok(self.ports.tpm().queue(permit))
    }
}
