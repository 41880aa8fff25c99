//! Asking what waits for the TPM.

use super::Service;
use crate::error::Error;
use crate::identity::Caller;
use crate::ports::{Ports, Tpm as _};
use crate::queue::QueueState;
use crate::requests::{GetQueue, GetWholeQueue};

impl<P: Ports> Service<P> {
    /// Counts what waits, without asking the TPM: everything for a caller who may manage the TPM,
    /// and for others what is theirs. No person is asked.
    ///
    /// # Errors
    ///
    /// The caller is not allowed to know.
    pub async fn get_queue(&self, caller: Caller) -> Result<QueueState, Error> {
        let _request = self.admit(&caller)?;
        let whole = GetWholeQueue::new(&caller);
        let permit = self.authorize(GetQueue { caller }).await?;
        match self.authorize(whole).await {
            Ok(whole) => Ok(self.ports.tpm().whole_queue(whole)),
            Err(_) => Ok(self.ports.tpm().queue(permit)),
        }
    }
}
