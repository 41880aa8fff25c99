//! Telling the values of PCRs, to which a key from elsewhere can be bound.

use super::Service;
use crate::error::Error;
use crate::identity::Caller;
use crate::ports::{Ports, Tpm as _};
use crate::requests::GetPcrs;
use sshtpm_ssh::pcr::{PcrSelection, PcrValues};

impl<P: Ports> Service<P> {
    /// Asks the TPM for the values of PCRs.
    ///
    /// # Errors
    ///
    /// The caller may not, the TPM does not have these PCRs, or it fails.
    pub async fn get_pcrs(
        &self,
        caller: Caller,
        selection: PcrSelection,
    ) -> Result<PcrValues, Error> {
        let _request = self.admit(&caller)?;
        let permit = self.authorize(GetPcrs { caller, selection }).await?;
        Ok(self.ports.tpm().pcrs(permit).await?)
    }
}
