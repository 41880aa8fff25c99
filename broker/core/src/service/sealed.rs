//! Keys that the TPM seals and the broker signs with: whether there may be any, and when the broker
//! no longer keeps one ready.

use std::sync::PoisonError;

use super::Service;
use crate::key::KeyRecord;
use crate::ports::{Ports, Tpm as _};
use crate::requests::RequestError;
use crate::sealed_keys::SealedKeys;
use crate::tpm_facts::{TpmFacts, TpmStatus};
use sshtpm_ssh::algorithm::Algorithm;

impl<P: Ports> Service<P> {
    /// Sets whether sealed keys are made and used from now on.
    pub fn set_sealed_keys(&self, sealed_keys: SealedKeys) {
        let own = self.sealed_keys.write();
        *own.unwrap_or_else(PoisonError::into_inner) = sealed_keys;
        if sealed_keys == SealedKeys::Forbidden {
            self.wipe_sealed_keys();
        }
    }

    /// Keeps no sealed key ready, such as before the machine sleeps: the next use has the TPM
    /// unseal it again.
    pub fn wipe_sealed_keys(&self) {
        self.ports.tpm().wipe_all();
    }

    /// What is known about the TPM, and which keys may be made in it.
    pub fn tpm_status(&self) -> TpmStatus {
        let status = self.ports.tpm().status();
        let facts = status.facts.map(|facts| self.permitted(facts));
        TpmStatus { facts, ..status }
    }

    /// What the TPM says about itself, and which keys may be made in it. Waits for it, for some
    /// seconds at most, if the TPM was just opened.
    pub async fn tpm_facts(&self) -> Option<TpmFacts> {
        let facts = self.ports.tpm().facts().await?;
        Some(self.permitted(facts))
    }

    fn permitted(&self, mut facts: TpmFacts) -> TpmFacts {
        let may_be_made = |algorithm: &Algorithm| self.may_be_made(*algorithm).is_ok();
        facts.algorithms.retain(may_be_made);
        facts
    }

    /// # Errors
    ///
    /// Keys of this algorithm are sealed, and the administrator forbids that.
    pub(super) fn may_be_made(&self, algorithm: Algorithm) -> Result<(), RequestError> {
        match algorithm {
            Algorithm::Ed25519 => self.sealed_keys_are_allowed(),
            Algorithm::Ecdsa(_) | Algorithm::Rsa(_) => Ok(()),
        }
    }

    /// # Errors
    ///
    /// The key is sealed, and the administrator forbids that.
    pub(super) fn may_sign(&self, record: &KeyRecord) -> Result<(), RequestError> {
        match record.key.is_sealed() {
            true => self.sealed_keys_are_allowed(),
            false => Ok(()),
        }
    }

    fn sealed_keys_are_allowed(&self) -> Result<(), RequestError> {
        let own = self.sealed_keys.read();
        match *own.unwrap_or_else(PoisonError::into_inner) {
            SealedKeys::Allowed => Ok(()),
            SealedKeys::Forbidden => Err(RequestError::SealedKeysForbidden),
        }
    }
}
