//! Showing the identity of the machine's TPM.

use super::Service;
use crate::endorsement::MachineIdentity;
use crate::error::Error;
use crate::identity::Caller;
use crate::ports::{Ports, Tpm as _};
use crate::requests::GetIdentity;

impl<P: Ports> Service<P> {
    /// Has the TPM show its endorsement keys and their certificates.
    ///
    /// # Errors
    ///
    /// The caller may not see them, the endorsement hierarchy has a password, or the TPM fails.
    pub async fn get_identity(&self, caller: Caller) -> Result<MachineIdentity, Error> {
        let _request = self.admit(&caller)?;
        let permit = self.authorize(GetIdentity { caller }).await?;
        Ok(self.ports.tpm().identity(permit).await?)
    }
}
