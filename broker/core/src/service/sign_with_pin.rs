//! Signing with a PIN that came with the request: the signature is the check of the PIN, so that
//! the TPM uses the key once and not twice.

use std::sync::Arc;

use super::Service;
use crate::error::Error;
use crate::identity::Caller;
use crate::key::{KeyRecord, Protection};
use crate::pins::{Pin, id};
use crate::policy::Permit;
use crate::ports::{Clock as _, Ports, Tpm as _, TpmError};
use crate::requests::{Asked, RequestError, Sign};
use crate::signature::{BadSignature, RawSignature};
use sshtpm_ssh::fingerprint::Fingerprint;

/// By what the TPM is to know that the owner of a key wants to use it.
pub(super) enum Proof {
    /// The PIN that is remembered, if the key has one.
    Remembered,
    /// A PIN that has yet to be found right.
    Tried(Arc<Pin>),
}

impl<P: Ports> Service<P> {
    /// Signs, as [`Self::sign`] says, with the PIN of the key, and remembers the PIN for as long as
    /// the administrator allows. The try is counted as one of [`Self::unlock`] is.
    ///
    /// # Errors
    ///
    /// Those of [`Self::sign`] and of [`Self::unlock`].
    pub async fn sign_with_pin(
        &self,
        caller: Caller,
        fingerprint: Fingerprint,
        asked: Asked<'_>,
        pin: Pin,
    ) -> Result<Vec<u8>, Error> {
        let by = Proof::Tried(Arc::new(pin));
        self.sign_by(by, caller, fingerprint, asked).await
    }

    /// Refuses a request that has no PIN, or has one that may not be tried now.
    pub(super) async fn can_prove(&self, by: &Proof, record: &KeyRecord) -> Result<(), Error> {
        match (by, record.key.protection) {
            (Proof::Remembered, _) => Ok(self.pin_of(record).await.map(drop)?),
            (Proof::Tried(_), Protection::Nothing) => Err(RequestError::HasNoPin.into()),
            (Proof::Tried(_), Protection::Pin) => {
                self.screen_leaves_pins(record.owner.uid()).await?;
                let now = self.ports.clock().since_boot();
                Ok(self.pins.check(&id(record), now)?)
            }
        }
    }

    pub(super) async fn sign_in_try<T: Send>(
        &self,
        permit: Permit<Sign>,
        record: &Arc<KeyRecord>,
        pin: Arc<Pin>,
        release: impl Fn(&RawSignature) -> Result<T, BadSignature> + Send + Sync,
    ) -> Result<T, Error> {
        let tpm = self.ports.tpm();
        let reserve = self.pins.limits().reserve;
        let tried = Arc::clone(&pin);
        let signed = self.try_pin((record.as_ref(), pin), None, |own| {
            tpm.sign_in_try(permit, tried, (reserve, own), release)
        });
        // The PIN was right all the same, and its try is settled.
        let released = signed.await?;
        released.map_err(|BadSignature| TpmError::BadSignature.into())
    }
}
