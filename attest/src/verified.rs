//! What is verified, with how it is known in which TPM that is.

use ssh_key::public::KeyData;
use sshtpm_ssh::claims::Claims;
use sshtpm_ssh::endorsement::EndorsementHash;

use crate::enrolment::Enrolment;
use crate::error::NotProved;
use crate::proved::{Proved, TpmKnownBy};

/// A verified statement. `B` says what ties its attestation key to a TPM.
#[derive(Debug)]
pub struct Verified<B> {
    key: KeyData,
    claims: Claims,
    attestation_key: Vec<u8>,
    bound: B,
}

/// Nothing does: anybody can make an attestation key, in software, too. There is no proof yet.
#[derive(Debug)]
pub struct NotBound(());

/// An enrolment does, with an endorsement key whose hash the verifier had before.
#[derive(Debug)]
pub struct EkByHash(EndorsementHash);

/// An enrolment does, with an endorsement key that a root vouches for.
#[derive(Debug)]
pub struct EkByChain(EndorsementHash);

impl Verified<NotBound> {
    pub(crate) fn not_bound(key: KeyData, claims: Claims, attestation_key: Vec<u8>) -> Self {
        Self {
            key,
            claims,
            attestation_key,
            bound: NotBound(()),
        }
    }

    /// Binds it to the TPM of the `enrolment`, if its endorsement key has one of these hashes.
    ///
    /// # Errors
    ///
    /// Another attestation key or another endorsement key was enrolled, or for another owner.
    pub fn bind_by_hash(
        self,
        enrolment: &Enrolment,
        hashes: &[EndorsementHash],
    ) -> Result<Verified<EkByHash>, NotProved> {
        enrolment.is_of(&self.attestation_key, &self.claims.owner)?;
        let known = enrolment.endorsement().known_by_hash(hashes);
        let hash = known.map_err(|error| match error {
            NotProved::UnknownEndorsementKey(_) => NotProved::OtherEndorsementKey,
            other => other,
        })?;
        Ok(self.bound(EkByHash(hash)))
    }

    /// Binds it to the TPM of the `enrolment`, if one of the `roots`, certificates in DER, vouches
    /// for its endorsement key at `now`, in seconds since 1970.
    ///
    /// # Errors
    ///
    /// Another attestation key was enrolled, or for another owner, or no root vouches for the
    /// endorsement key.
    pub fn bind_by_chain(
        self,
        enrolment: &Enrolment,
        roots: &[Vec<u8>],
        now: u64,
    ) -> Result<Verified<EkByChain>, NotProved> {
        enrolment.is_of(&self.attestation_key, &self.claims.owner)?;
        let hash = enrolment.endorsement().known_by_chain(roots, now)?;
        Ok(self.bound(EkByChain(hash)))
    }

    fn bound<B>(self, bound: B) -> Verified<B> {
        Verified {
            key: self.key,
            claims: self.claims,
            attestation_key: self.attestation_key,
            bound,
        }
    }
}

impl Verified<EkByHash> {
    /// What is proved.
    pub fn proved(self) -> Proved {
        let hash = self.bound.0;
        Proved::new(self.key, self.claims, hash, TpmKnownBy::Hash)
    }
}

impl Verified<EkByChain> {
    /// What is proved.
    pub fn proved(self) -> Proved {
        let hash = self.bound.0;
        Proved::new(self.key, self.claims, hash, TpmKnownBy::Chain)
    }
}
