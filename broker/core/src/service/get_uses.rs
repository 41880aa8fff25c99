//! Looking at the record of use.

use super::Service;
use crate::error::Error;
use crate::identity::Caller;
use crate::ports::{Ports, UseRecord as _};
use crate::requests::GetUses;
use crate::uses::Noted;
use sshtpm_ssh::fingerprint::Fingerprint;

impl<P: Ports> Service<P> {
    /// The last uses of the caller's keys, or of one of them; the oldest first. Of a key that never
    /// was the caller's there are none.
    ///
    /// # Errors
    ///
    /// The caller is not allowed to see them, or the disk fails.
    pub async fn uses(
        &self,
        caller: Caller,
        key: Option<Fingerprint>,
    ) -> Result<Vec<Noted>, Error> {
        let _request = self.admit(&caller)?;
        let permit = self.authorize(GetUses { caller, key }).await?;
        Ok(self.ports.uses().last(permit).await?)
    }
}
