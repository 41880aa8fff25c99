//! Deleting a key.

use super::{Ports, Service};
use crate::core::error::Error;
use crate::core::fingerprint::Fingerprint;
use crate::core::identity::{Caller, Owner};
use crate::core::policy::{Action, Details, Request, Target, authorize};
use crate::core::ports::{KeyStore as _, UseRecord as _};

/// A key that is to go.
#[derive(Clone, Debug)]
pub(crate) struct Delete {
    pub(crate) target: Target,
    pub(crate) fingerprint: Fingerprint,
}

impl Request for Delete {
    fn caller(&self) -> &Caller {
        &self.target.caller
    }

    fn action(&self) -> Action {
        self.target.action(Action::DeleteOwnKey)
    }

    fn details(&self) -> Details {
        Details {
            entries: vec![
                ("owner", self.target.owner.name().as_str().to_owned()),
                ("key", self.fingerprint.to_string()),
            ],
            message: "Authentication is required to delete the SSH key $(key) of $(owner) for good",
        }
    }
}

impl<P: Ports> Service<P> {
    /// Deletes a key of the caller, or of the user whom the caller named, for good.
    ///
    /// # Errors
    ///
    /// There is no such key, the caller may not delete it, or the disk fails.
    pub(crate) async fn delete(
        &self,
        caller: Caller,
        named: Option<Owner>,
        fingerprint: Fingerprint,
    ) -> Result<(), Error> {
        let _request = self.admit(&caller)?;
        let target = Target::new(caller, named, self.host.as_str());
        self.own_key_exists(&target, fingerprint).await?;
        let permit = authorize(
            self.ports.authority(),
            Delete {
                target,
                fingerprint,
            },
        )
        .await?;
        let deleted = self.ports.store().delete(&permit).await?;
        let owner = &deleted.owner;
        self.evict_deleted(&permit, &deleted).await;
        self.ports.uses().forget(owner, fingerprint);
        self.pins.forget(owner, fingerprint);
        Ok(())
    }
}
