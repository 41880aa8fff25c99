//! Attesting a key: the TPM states that it holds the key.
//!
//! It is a use of the key, as the TPM wants the key's own authorization for it. So it needs what a
//! signature needs, and is recorded as one.

use std::sync::Arc;

use super::Service;
use super::note::Note;
use crate::attestation::{Attestation, AttestationKey, Stated, release};
use crate::error::Error;
use crate::identity::Caller;
use crate::key::KeyRecord;
use crate::pins::Pin;
use crate::policy::Permit;
use crate::ports::{KeyStore as _, Ports, StoreError, Tpm as _, TpmError};
use crate::requests::Attest;
use crate::restrictions::NotPermitted;
use crate::uses::{AskedFor, Subject};
use sshtpm_ssh::claims::Nonce;
use sshtpm_ssh::fingerprint::Fingerprint;

impl<P: Ports> Service<P> {
    /// Attests a key of the caller to the verifier that chose `nonce`. The statement was verified.
    ///
    /// # Errors
    ///
    /// The caller has no such key or may not use it, the TPM only seals it, or the TPM or the store
    /// fails.
    pub async fn attest(
        &self,
        caller: Caller,
        fingerprint: Fingerprint,
        nonce: Nonce,
    ) -> Result<Attestation, Error> {
        let _request = self.admit(&caller)?;
        let record = self.own_key(&caller.owner, fingerprint).await?;
        let asked = AskedFor {
            subject: Subject::Attestation,
            ..AskedFor::default()
        };
        let note = Note::begin(self, &record, asked);
        let result = self.attest_noted(caller, record, nonce).await;
        note.decided(&result);
        result
    }

    async fn attest_noted(
        &self,
        caller: Caller,
        record: Arc<KeyRecord>,
        nonce: Nonce,
    ) -> Result<Attestation, Error> {
        let request = Attest::new(caller, Arc::clone(&record), nonce)?;
        // Before a person is asked.
        self.pin_and_screen(&record).await?;
        let permit = self.authorize(request).await?;
        // What is claimed has to be so now.
        if *self.own_key(&record.owner, record.fingerprint()).await? != *record {
            return Err(StoreError::ChangedByAnother.into());
        }
        let pin = self.pin_and_screen(&record).await?;
        let turn = self.turn_to_derive(&record).await;
        let attested = self.attest_by_own_key(&permit, pin).await;
        drop(turn);
        let attested = match attested {
            Err(Error::Tpm(error)) => Err(self.pin_was_wrong(&record, error).await),
            other => other,
        }?;
        // As for a signature.
        let allowed = self.screen_allows(&record).await;
        allowed.map_err(NotPermitted::from)?;
        Ok(attested)
    }

    /// The PIN of a key, if it has one and the screen of its owner lets it be used now.
    async fn pin_and_screen(&self, record: &KeyRecord) -> Result<Option<Arc<Pin>>, Error> {
        let allowed = self.screen_allows(record).await;
        allowed.map_err(NotPermitted::from)?;
        Ok(self.pin_of(record).await?)
    }

    /// Has the TPM state it with the attestation key of the user, which is made if there is none,
    /// or if it is lost.
    async fn attest_by_own_key(
        &self,
        permit: &Permit<Attest>,
        pin: Option<Arc<Pin>>,
    ) -> Result<Attestation, Error> {
        let owner = &permit.request().record.owner;
        let kept = self.ports.store().attestation_key(owner).await?;
        if let Some(by) = &kept
            && let Some(done) = self.attest_by(permit, pin.clone(), by).await?
        {
            return Ok(done);
        }
        let by = self.new_attestation_key(permit, kept).await?;
        let done = self.attest_by(permit, pin, &by).await?;
        // The TPM was cleared at this moment. The next call finds out what that means for the key.
        done.ok_or_else(|| TpmError::KeyLost.into())
    }

    async fn attest_by(
        &self,
        permit: &Permit<Attest>,
        pin: Option<Arc<Pin>>,
        by: &Arc<AttestationKey>,
    ) -> Result<Option<Attestation>, TpmError> {
        let request = permit.request();
        let release = |stated: &Stated| release(stated, by, &request.record, request.claims());
        self.ports.tpm().attest(permit, pin, by, release).await
    }

    /// Makes an attestation key in the place of `lost`. If another request was quicker, gives the
    /// one that it made.
    async fn new_attestation_key(
        &self,
        permit: &Permit<Attest>,
        lost: Option<Arc<AttestationKey>>,
    ) -> Result<Arc<AttestationKey>, Error> {
        let new = self.ports.tpm().make_attestation_key(permit).await?;
        let store = self.ports.store();
        Ok(store.keep_attestation_key(permit, lost, new).await?)
    }
}
