//! Asking the TPM how near it is to its dictionary-attack lockout.

use super::{Ports, Service};
use crate::error::Error;
use crate::identity::Caller;
use crate::policy::{Action, Details, Request, authorize};
use crate::ports::Tpm as _;
use crate::tpm_facts::Lockout;

/// A wish to know about the lockout.
#[derive(Clone, Debug)]
pub struct GetLockout {
    pub caller: Caller,
}

impl Request for GetLockout {
    fn caller(&self) -> &Caller {
        &self.caller
    }

    fn action(&self) -> Action {
        Action::InspectTpm
    }

    fn details(&self) -> Details {
        Details {
            entries: Vec::new(),
            message: "Authentication is required to ask the TPM about its state",
        }
    }
}

impl<P: Ports> Service<P> {
    /// Asks the TPM itself, which is one command: what it answers is true now.
    ///
    /// # Errors
    ///
    /// The caller is not allowed to, or the TPM does not answer.
    pub async fn get_lockout(&self, caller: Caller) -> Result<Lockout, Error> {
        let _request = self.admit(&caller)?;
        let permit = authorize(self.ports.authority(), GetLockout { caller }).await?;
        Ok(self.ports.tpm().lockout(permit).await?)
    }
}
