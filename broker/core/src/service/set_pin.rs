//! Changing or removing a PIN.

use std::sync::Arc;

use super::unlock::reached;
use super::{Ports, Service};
use crate::error::{Error, RequestError, StoreError};
use crate::fingerprint::Fingerprint;
use crate::identity::Caller;
use crate::key::{KeyRecord, Protection};
use crate::pins::{Pin, PinError, Reserve};
use crate::policy::{Action, Details, Request, authorize};
use crate::ports::{Clock as _, KeyStore as _, Tpm as _};

/// A key that is to have another PIN, or none.
#[derive(Clone, Debug)]
pub struct SetPin {
    pub caller: Caller,
    /// As it is. What has become another blob by now is not changed.
    pub record: Arc<KeyRecord>,
    /// What it takes to use the key afterwards.
    pub after: Protection,
    pub reserve: Reserve,
}

/// The present PIN, and the new one if there is to be one.
#[derive(Debug)]
pub struct PinChange {
    pub present: Arc<Pin>,
    pub new: Option<Arc<Pin>>,
}

impl Request for SetPin {
    fn caller(&self) -> &Caller {
        &self.caller
    }

    fn action(&self) -> Action {
        match self.after {
            Protection::Pin => Action::RestrictOwnKey,
            Protection::Nothing => Action::ChangeOwnKey,
        }
    }

    fn details(&self) -> Details {
        Details {
            entries: vec![
                ("owner", self.record.owner.name().as_str().to_owned()),
                ("key", self.record.fingerprint().to_string()),
                ("comment", self.record.comment.as_str().to_owned()),
            ],
            message: match self.after {
                Protection::Pin => {
                    "Authentication is required to change the PIN of the SSH key $(comment) ($(key))"
                }
                Protection::Nothing => {
                    "Authentication is required to remove the PIN of the SSH key $(comment) ($(key))"
                }
            },
        }
    }
}

impl<P: Ports> Service<P> {
    /// Changes the PIN of a key of the caller's own, or removes it. The new one is not remembered.
    ///
    /// # Errors
    ///
    /// The caller has no such key or may not change it, it has no PIN, the present one is not given,
    /// is wrong or may not be tried now, or the TPM or the disk fails.
    pub async fn set_pin(
        &self,
        caller: Caller,
        fingerprint: Fingerprint,
        present: Option<Pin>,
        new: Option<Pin>,
    ) -> Result<(), Error> {
        let _request = self.admit(&caller)?;
        let owner = caller.owner.clone();
        let record =
            self.own_key_with_pin(&owner, fingerprint)
                .await
                .map_err(|error| match error {
                    Error::Request(RequestError::HasNoPin) => RequestError::PinNotAddable.into(),
                    other => other,
                })?;
        let change = PinChange {
            present: Arc::new(present.ok_or(PinError::Required)?),
            new: new.map(Arc::new),
        };
        self.pins.check(&record, self.ports.clock().since_boot())?;
        let request = SetPin {
            caller,
            record: Arc::clone(&record),
            after: match change.new {
                Some(_) => Protection::Pin,
                None => Protection::Nothing,
            },
            reserve: self.pins.limits().reserve,
        };
        let permit = authorize(self.ports.authority(), request).await?;
        if self.own_key(&owner, fingerprint).await?.key.blob != record.key.blob {
            return Err(StoreError::ChangedMeanwhile.into());
        }
        let begun = self.pins.begin(&record, self.ports.clock().since_boot())?;
        let own = begun.own();
        let changed = self.ports.tpm().change_pin(&permit, change, own).await;
        let (begun, attempt) = reached(begun, changed)?;
        let blob = begun.settle(attempt, self.ports.clock().since_boot())?;
        self.ports.store().set_pin(permit, blob).await?;
        self.pins.forget(&owner, fingerprint);
        Ok(())
    }
}
