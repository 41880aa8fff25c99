//! Signing.

use std::pin::pin;
use std::sync::Arc;

use futures_util::FutureExt as _;

use super::Service;
use super::note::Note;
use super::sign_with_pin::Proof;
use crate::error::Error;
use crate::identity::Caller;
use crate::key::{KeyRecord, Protection};
use crate::pins::{Pin, PinError};
use crate::policy::{Permit, Refused};
use crate::ports::{Clock as _, Ports, StoreError, Tpm as _, TpmError};
use crate::requests::{Asked, RequestError, Sign, What};
use crate::restrictions::NotPermitted;
use crate::signature::{BadSignature, NotADigest, RawSignature, Released};
use crate::uses::AskedFor;
use sshtpm_ssh::fingerprint::Fingerprint;
use sshtpm_ssh::limits::MAX_SIGN_DATA_BYTES;

impl<P: Ports> Service<P> {
    /// Signs with a key of the caller. No user, not even root, signs with the key of another.
    /// Returns the signature, which was verified: of data as an SSH signature blob, of a digest as
    /// numbers in full length.
    ///
    /// # Errors
    ///
    /// The caller has no such key or may not use it; the data is empty or too long, is not of a
    /// kind that SSH signs, or is not what the key may sign, or the flags do not fit; the key signs
    /// no digests, or not by this scheme; or the TPM fails.
    pub async fn sign(
        &self,
        caller: Caller,
        fingerprint: Fingerprint,
        asked: Asked<'_>,
    ) -> Result<Vec<u8>, Error> {
        let by = Proof::Remembered;
        self.sign_by(by, caller, fingerprint, asked).await
    }

    /// Signs, as [`Self::sign`] says, by what is said of the PIN.
    pub(super) async fn sign_by(
        &self,
        by: Proof,
        caller: Caller,
        fingerprint: Fingerprint,
        asked: Asked<'_>,
    ) -> Result<Vec<u8>, Error> {
        let _request = self.admit(&caller)?;
        if let What::Data(data) = asked.what {
            check_length(data.bytes)?;
        }
        let record = self.own_key(&caller.owner, fingerprint).await?;
        let noted = AskedFor::by(asked.client.clone(), &asked.sessions);
        let mut note = Note::begin(self, &record, noted);
        let used = Arc::clone(&record);
        let signed = self.sign_with(by, caller, record, asked, &mut note.asked);
        let result = signed.await;
        note.decided(&result);
        if result.is_ok() {
            self.by_use.count(&used, self.ports.clock().since_boot());
        }
        result
    }

    /// Signs with a key of the caller. Writes to `noted` what it finds out about the request.
    async fn sign_with(
        &self,
        by: Proof,
        caller: Caller,
        record: Arc<KeyRecord>,
        asked: Asked<'_>,
        noted: &mut AskedFor,
    ) -> Result<Vec<u8>, Error> {
        let examined = self.examine(&record, &asked, noted).await?;
        self.may_sign(&record)?;
        // Before a person is asked.
        self.can_prove(&by, &record).await?;
        let form = examined.form;
        let request = Sign {
            caller,
            record: Arc::clone(&record),
            usage: examined.usage,
            client: asked.client.clone(),
            origin: asked.sessions.origin(),
            to_sign: form.to_sign(),
            cleared: examined.cleared,
        };
        request.can_be_confirmed()?;
        let permit = self.authorized(&by, request).await?;
        let now = self.examine_change(&record, &asked, noted).await?;
        self.may_sign(&record)?;
        let release = |raw: &_| form.release(raw, &record.key.public);
        let signed = match by {
            Proof::Remembered => self.sign_by_remembered(permit, &record, release).await?,
            Proof::Tried(pin) => self.sign_in_try(permit, &record, pin, release).await?,
        };
        // A person, or the line at the TPM, may have taken long: nothing leaves a locked screen.
        self.screen_allows(&now).await.map_err(NotPermitted::from)?;
        match signed {
            Released::Signature(signature) => Ok(signature),
            Released::LongestSalt => {
                self.salts.were_longest(&record.key.parent);
                Err(RequestError::from(NotADigest::LongestSalt).into())
            }
        }
    }

    /// Signs with the PIN that is remembered, if the key has one.
    async fn sign_by_remembered<T: Send>(
        &self,
        permit: Permit<Sign>,
        record: &KeyRecord,
        release: impl Fn(&RawSignature) -> Result<T, BadSignature> + Send + Sync,
    ) -> Result<T, Error> {
        let pin = self.pin_of(record).await?;
        let turn = self.turn_to_derive(record).await;
        let signed = self.ports.tpm().sign(permit, pin, release).await;
        drop(turn);
        match signed {
            Ok(signed) => Ok(signed),
            Err(error) => Err(self.pin_was_wrong(record, error).await),
        }
    }

    /// The key as it is after a person was asked. Examines it again if its restrictions changed in
    /// the meantime. Refuses if the key itself changed, or whether a person has to confirm its use.
    async fn examine_change(
        &self,
        before: &KeyRecord,
        asked: &Asked<'_>,
        noted: &mut AskedFor,
    ) -> Result<Arc<KeyRecord>, Error> {
        let now = self.own_key(&before.owner, before.fingerprint()).await?;
        if now.restrictions != before.restrictions {
            self.examine(&now, asked, noted).await?;
        }
        let confirmation = now.restrictions.confirmation;
        if confirmation != before.restrictions.confirmation || !now.key.is_as(&before.key) {
            return Err(StoreError::ChangedByAnother.into());
        }
        Ok(now)
    }

    /// Asks the authority. If that takes time, the TPM can load the key at the same time, but not
    /// for a try of a PIN: a try uses no key that was ready.
    async fn authorized(&self, by: &Proof, request: Sign) -> Result<Permit<Sign>, Refused> {
        let record = Arc::clone(&request.record);
        let mut answer = pin!(self.authorize(request));
        if let Some(known) = answer.as_mut().now_or_never() {
            return known;
        }
        if let Proof::Remembered = by {
            self.ports.tpm().prepare(&record);
        }
        answer.await
    }

    /// The PIN of a key, if it has one.
    pub(super) async fn pin_of(&self, record: &KeyRecord) -> Result<Option<Arc<Pin>>, PinError> {
        match record.key.protection {
            Protection::Nothing => Ok(None),
            Protection::Pin => {
                self.screen_leaves_pins(record.owner.uid()).await?;
                let now = self.ports.clock().since_boot();
                let pin = self.pins.of(record, now).ok_or(PinError::Required)?;
                Ok(Some(pin))
            }
        }
    }

    /// Forgets a remembered PIN that is wrong now, and counts it as a try, on the disk too.
    pub(super) async fn pin_was_wrong(&self, record: &KeyRecord, error: TpmError) -> Error {
        match error {
            TpmError::WrongPin => {
                let now = self.ports.clock().since_boot();
                self.pins.was_wrong(record, now);
                self.keep_counts_if_possible(record.owner.uid()).await;
                PinError::Required.into()
            }
            other => other.into(),
        }
    }
}

fn check_length(data: &[u8]) -> Result<(), RequestError> {
    match data.len() {
        0 => Err(RequestError::NothingToSign),
        got if got > MAX_SIGN_DATA_BYTES => Err(RequestError::TooMuchToSign {
            got,
            at_most: MAX_SIGN_DATA_BYTES,
        }),
        _ => Ok(()),
    }
}
