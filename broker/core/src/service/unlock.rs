//! Having the TPM check a PIN, and remembering it.

use std::sync::Arc;
use std::time::Duration;

use super::Service;
use crate::error::Error;
use crate::identity::{Caller, Owner};
use crate::key::{KeyRecord, Protection};
use crate::pins::{Attempt, Pin, id};
use crate::ports::{Clock as _, Ports, StoreError, Tpm as _, TpmError};
use crate::requests::{RequestError, Unlock};
use crate::signature::Scheme;
use sshtpm_ssh::fingerprint::Fingerprint;

/// What is signed to check a PIN. It is not data that SSH signs.
const SIGNED_TO_CHECK: &[u8] = b"sshtpm: made to check a PIN, and thrown away";

impl<P: Ports> Service<P> {
    /// Has the TPM check the PIN of a key of the caller's own, and remembers it for `lasting`, or
    /// for as long as the administrator allows if that is shorter.
    ///
    /// # Errors
    ///
    /// The caller has no such key or may not use it, it has no PIN, the PIN is wrong or may not be
    /// tried now, or the TPM fails.
    pub async fn unlock(
        &self,
        caller: Caller,
        fingerprint: Fingerprint,
        pin: Pin,
        lasting: Option<Duration>,
    ) -> Result<(), Error> {
        let _request = self.admit(&caller)?;
        let owner = caller.owner.clone();
        let record = self.own_key_with_pin(&owner, fingerprint).await?;
        self.may_sign(&record)?;
        // No person is asked about a PIN that will not be tried, or not be remembered.
        self.screen_leaves_pins(owner.uid()).await?;
        self.pins
            .check(&id(&record), self.ports.clock().since_boot())?;
        let scheme = Scheme::choose(record.algorithm, 0).ok_or(RequestError::Flags(0))?;
        let request = Unlock {
            caller,
            record: Arc::clone(&record),
            to_sign: scheme.to_sign(SIGNED_TO_CHECK),
            reserve: self.pins.limits().reserve,
        };
        let permit = self.authorize(request).await?;
        // An old PIN must not pass for the present one.
        if self.own_key(&owner, fingerprint).await?.key != record.key {
            return Err(StoreError::ChangedByAnother.into());
        }
        // It may have been forbidden while a person was asked.
        self.may_sign(&record)?;
        let pin = Arc::new(pin);
        let tpm = self.ports.tpm();
        let tried = Arc::clone(&pin);
        self.try_pin((&record, pin), lasting, |own| {
            tpm.check_pin(permit, tried, own)
        })
        .await
    }

    /// Has `passed_on` pass a PIN to the TPM, and remembers it for `lasting` if it was right, or
    /// for as long as the administrator allows if that is shorter.
    ///
    /// # Errors
    ///
    /// Those of [`Self::attempt`], or the screen is locked by now.
    pub(super) async fn try_pin<T, F>(
        &self,
        (record, pin): (&KeyRecord, Arc<Pin>),
        lasting: Option<Duration>,
        passed_on: impl FnOnce(usize) -> F,
    ) -> Result<T, Error>
    where
        F: Future<Output = Result<Attempt<T>, TpmError>>,
    {
        let most = self.pins.limits().remember;
        let lasting = lasting.map_or(most, |wanted| wanted.min(most));
        let done = self
            .attempt(id(record), passed_on, |begun, attempt, now| {
                begun.settle_and_remember(attempt, now, (record, pin), lasting)
            })
            .await?;
        // The screen may have been locked while the PIN was tried, and nothing was heard of it.
        let left = self.screen_leaves_pins(record.owner.uid()).await;
        left.inspect_err(|_| self.pins.forget(&record.owner, record.fingerprint()))?;
        Ok(done)
    }

    pub(super) fn is_unlocked(&self, record: &KeyRecord) -> bool {
        let now = self.ports.clock().since_boot();
        record.key.protection == Protection::Pin && self.pins.of(record, now).is_some()
    }

    /// A key of `owner` that has a PIN.
    pub(super) async fn own_key_with_pin(
        &self,
        owner: &Owner,
        fingerprint: Fingerprint,
    ) -> Result<Arc<KeyRecord>, Error> {
        let record = self.own_key(owner, fingerprint).await?;
        match record.key.protection {
            Protection::Pin => Ok(record),
            Protection::Nothing => Err(RequestError::HasNoPin.into()),
        }
    }
}
