//! Asking what waits for the TPM.

use super::Service;
use crate::error::Error;
use crate::identity::Caller;
use crate::policy::authorize;
use crate::ports::{Ports, Tpm as _};
use crate::queue::QueueState;
use crate::requests::GetQueue;

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
