//! Asking the TPM how near it is to its dictionary-attack lockout.

use super::Service;
use crate::error::Error;
use crate::identity::Caller;
use crate::ports::{Ports, Tpm as _};
use crate::requests::GetLockout;
use sshtpm_ssh::tpm::Lockout;

impl<P: Ports> Service<P> {
    /// Asks the TPM itself, which is one command: what it answers is true now.
    ///
    /// # Errors
    ///
    /// The caller is not allowed to, or the TPM does not answer.
    pub async fn get_lockout(&self, caller: Caller) -> Result<Lockout, Error> {
        let _request = self.admit(&caller)?;
        let permit = self.authorize(GetLockout { caller }).await?;
        Ok(self.ports.tpm().lockout(permit).await?)
    }
}
