//! Ending the TPM's lockout.

use std::sync::Arc;

use super::Service;
use crate::error::Error;
use crate::identity::Caller;
use crate::pins::{Pin, PinError};
use crate::ports::{Ports, Tpm as _, TpmError};
use crate::requests::ResetLockout;

impl<P: Ports> Service<P> {
    /// Has the TPM forget all failed tries, and ends the delays after wrong PINs. `password` is
    /// that of the lockout hierarchy, if it has one.
    ///
    /// # Errors
    ///
    /// The caller is not allowed to, the password is wrong, or the TPM fails.
    pub async fn reset_lockout(&self, caller: Caller, password: Option<Pin>) -> Result<(), Error> {
        let _request = self.admit(&caller)?;
        let permit = self.authorize(ResetLockout { caller }).await?;
        let password = password.map(Arc::new);
        let reset = self.ports.tpm().reset_lockout(permit, password).await;
        reset.map_err(|error| match error {
            TpmError::WrongPin => Error::from(PinError::LockoutPassword),
            other => other.into(),
        })?;
        self.pins.reset_tries();
        self.keep_changed_counts().await;
        Ok(())
    }
}
