//! Changing or removing a PIN.

use std::sync::Arc;

use super::Service;
use crate::error::Error;
use crate::identity::Caller;
use crate::key::Protection;
use crate::pins::{Pin, PinError, Try, id};
use crate::ports::{Clock as _, KeyStore as _, Ports, StoreError, Tpm as _};
use crate::requests::{PinChange, RequestError, SetPin};
use sshtpm_ssh::fingerprint::Fingerprint;

impl<P: Ports> Service<P> {
    /// Changes the PIN of a key of the caller's own, or removes it. The new one is not remembered.
    ///
    /// # Errors
    ///
    /// The caller has no such key or may not change it, it has no PIN, the present one is not
    /// given, is wrong or may not be tried now, or the TPM or the disk fails.
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
        self.pins
            .check(&id(&record), self.ports.clock().since_boot())?;
        let request = SetPin {
            caller,
            record: Arc::clone(&record),
            after: match change.new {
                Some(_) => Protection::Pin,
                None => Protection::Nothing,
            },
            reserve: self.pins.limits().reserve,
        };
        let permit = self.authorize(request).await?;
        if self.own_key(&owner, fingerprint).await?.key.blob != record.key.blob {
            return Err(StoreError::ChangedByAnother.into());
        }
        let tpm = self.ports.tpm();
        let change = |own| tpm.change_pin(&permit, change, own);
        let settle = |begun: Try<'_>, attempt, now| begun.settle(attempt, now);
        let blob = self.attempt(id(&record), change, settle).await?;
        self.ports.store().set_pin(permit, blob).await?;
        self.pins.forget(&owner, fingerprint);
        Ok(())
    }
}
