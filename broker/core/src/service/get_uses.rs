//! Looking at the record of use.

use super::{Ports, Service};
use crate::error::Error;
use crate::fingerprint::Fingerprint;
use crate::identity::Caller;
use crate::policy::{Action, Details, Request, authorize};
use crate::ports::UseRecord as _;
use crate::uses::Noted;

/// A wish to see how one's own keys were used.
#[derive(Clone, Debug)]
pub struct GetUses {
    pub caller: Caller,
    /// The one key that is meant, or all; it may be gone by now.
    pub key: Option<Fingerprint>,
}

impl Request for GetUses {
    fn caller(&self) -> &Caller {
        &self.caller
    }

    fn action(&self) -> Action {
        Action::ListOwnKeys
    }

    fn details(&self) -> Details {
        Details {
            entries: vec![("owner", self.caller.owner.name().as_str().to_owned())],
            message: "Authentication is required to see how the SSH keys of $(owner) were used",
        }
    }
}

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
        let permit = authorize(self.ports.authority(), GetUses { caller, key }).await?;
        Ok(self.ports.uses().last(permit).await?)
    }
}
