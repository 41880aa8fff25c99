//! A challenge that only the TPM with both keys can answer: an endorsement key and an attestation
//! key.
//!
//! Specs: TPM 2.0 Part 1, "Credential Protection"; Part 3, `TPM2_MakeCredential`,
//! `TPM2_ActivateCredential`.

use core::fmt;

use rand_core::CryptoRngCore;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use sshtpm_tpm2::marshal::Writer;
use sshtpm_tpm2::{NotAStorageKey, NotShared, Public, Purpose, StorageKey};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::attestation_key;
use crate::base64::Base64Bytes;
use crate::endorsement::Endorsement;
use crate::enrolment::Enrolment;
use crate::error::NotProved;
use crate::json::{self, NotAFile, Version};

/// How long an answer is taken, in seconds: a day, since a person carries it.
const MAX_ANSWER_SECONDS: u64 = 24 * 60 * 60;

/// Bytes of the secret: as many as the shortest hash of an endorsement key's Name.
const SECRET_BYTES: usize = 32;

/// Why there is no enrolment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotEnrolled {
    /// The endorsement key is none.
    #[error("the endorsement key cannot be challenged: {0}")]
    EndorsementKey(#[from] NotAStorageKey),
    /// Its public key is not valid.
    #[error(transparent)]
    PublicKey(#[from] NotShared),
    /// The attestation key is none.
    #[error("the attestation key cannot be enrolled: {0}")]
    AttestationKey(#[source] NotProved),
    /// The answer is another secret.
    #[error(
        "the answer is not the secret of this challenge: it is of another challenge, or the \
         attestation key is not in the TPM with that endorsement key"
    )]
    Answer,
    /// The answer comes too late.
    #[error("the challenge is older than a day, or the clock was set since; make a new one")]
    Old,
}

/// A challenge, with the secret that answers it.
pub struct Challenge {
    /// The contents of a `TPM2B_ID_OBJECT`.
    pub credential: Vec<u8>,
    /// The contents of a `TPM2B_ENCRYPTED_SECRET`.
    pub encrypted_secret: Vec<u8>,
    /// What the TPM finds in it.
    pub secret: Zeroizing<Vec<u8>>,
}

/// What goes to the machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ChallengeFile {
    version: Version,
    /// The user whose attestation key it is about.
    pub owner: String,
    /// The `TPMT_PUBLIC` of the endorsement key that opens it.
    pub endorsement_key: Base64Bytes,
    /// A `TPM2B_ID_OBJECT`.
    pub credential: Base64Bytes,
    /// A `TPM2B_ENCRYPTED_SECRET`.
    pub encrypted_secret: Base64Bytes,
}

/// What comes back.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Answer {
    version: Version,
    /// What `TPM2_ActivateCredential` gave.
    pub secret: Base64Bytes,
}

/// What the verifier keeps until then. It has no secret in it, but a program that can alter it can
/// enrol anything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Pending {
    version: Version,
    owner: String,
    attestation_key: Base64Bytes,
    endorsement: Endorsement,
    /// SHA-256 of the secret.
    answer: Base64Bytes,
    /// In seconds since 1970.
    made: u64,
}

impl Challenge {
    /// Makes a challenge to the TPM with `endorsement_key`, that it has the key with the Name
    /// `attestation_key`, too.
    ///
    /// # Errors
    ///
    /// The endorsement key is not valid.
    pub fn make(
        endorsement_key: &StorageKey,
        attestation_key: &[u8],
        random: &mut impl CryptoRngCore,
    ) -> Result<Self, NotShared> {
        let mut secret = Zeroizing::new(vec![0; SECRET_BYTES]);
        random.fill_bytes(&mut secret);
        let sized = Writer::new().sized(&secret).finish();
        let protected =
            endorsement_key.protect(Purpose::Identity, attestation_key, sized, random)?;
        Ok(Self {
            credential: protected.blob,
            encrypted_secret: protected.secret,
            secret,
        })
    }
}

/// Without the secret.
impl fmt::Debug for Challenge {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.debug_struct("Challenge").finish_non_exhaustive()
    }
}

/// Without the secret, which belongs into no log.
impl fmt::Debug for Answer {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.debug_struct("Answer").finish_non_exhaustive()
    }
}

fn sized(contents: &[u8]) -> Base64Bytes {
    Writer::new().sized(contents).finish().to_vec().into()
}

impl Pending {
    /// Challenges the TPM of `endorsement` to show that it has `attestation_key`, a `TPMT_PUBLIC`,
    /// of the user `owner`: by whose word it is theirs, the caller knows.
    /// Whether that endorsement key is a TPM's the caller knows.
    ///
    /// # Errors
    ///
    /// A key is not of the kind that it has to be.
    pub fn challenge(
        (attestation_key, owner): (&[u8], &str),
        endorsement: Endorsement,
        now: u64,
        random: &mut impl CryptoRngCore,
    ) -> Result<(ChallengeFile, Self), NotEnrolled> {
        let malformed = || NotProved::Malformed("public area of the attestation key");
        let key = Public::read(attestation_key).map_err(|_| malformed());
        let key = key.map_err(NotEnrolled::AttestationKey)?;
        attestation_key::check(&key).map_err(NotEnrolled::AttestationKey)?;
        let name = key.name().ok_or_else(malformed);
        let name = name.map_err(NotEnrolled::AttestationKey)?;
        let storage_key = StorageKey::read(&endorsement.public.0)?;
        let challenge = Challenge::make(&storage_key, &name, random)?;
        let file = ChallengeFile {
            version: Version::One,
            owner: owner.to_owned(),
            endorsement_key: endorsement.public.clone(),
            credential: sized(&challenge.credential),
            encrypted_secret: sized(&challenge.encrypted_secret),
        };
        let pending = Self {
            version: Version::One,
            owner: owner.to_owned(),
            attestation_key: name.into(),
            endorsement,
            answer: Sha256::digest(&challenge.secret).to_vec().into(),
            made: now,
        };
        Ok((file, pending))
    }

    /// The record, if `answer` is the secret.
    ///
    /// # Errors
    ///
    /// It is not, or comes too late.
    pub fn accept(self, answer: &Answer, now: u64) -> Result<Enrolment, NotEnrolled> {
        let age = now.checked_sub(self.made);
        if age.is_none_or(|age| age > MAX_ANSWER_SECONDS) {
            return Err(NotEnrolled::Old);
        }
        let hash = Sha256::digest(&answer.secret.0);
        match bool::from(hash[..].ct_eq(&self.answer.0)) {
            true => Ok(Enrolment::new(
                (self.attestation_key.0, self.owner),
                self.endorsement,
                now,
            )),
            false => Err(NotEnrolled::Answer),
        }
    }

    /// Reads what [`Self::to_text`] wrote.
    ///
    /// # Errors
    ///
    /// It is too long, of another version, or something else.
    pub fn read(file: &[u8]) -> Result<Self, NotAFile> {
        json::read(file)
    }

    /// Its text.
    pub fn to_text(&self) -> String {
        json::text(self)
    }
}

impl ChallengeFile {
    /// Reads what [`Self::to_text`] wrote.
    ///
    /// # Errors
    ///
    /// It is too long, of another version, or something else.
    pub fn read(file: &[u8]) -> Result<Self, NotAFile> {
        json::read(file)
    }

    /// Its text.
    pub fn to_text(&self) -> String {
        json::text(self)
    }
}

impl Answer {
    /// With what the TPM gave.
    pub fn new(secret: Vec<u8>) -> Self {
        Self {
            version: Version::One,
            secret: secret.into(),
        }
    }

    /// Reads what [`Self::to_text`] wrote.
    ///
    /// # Errors
    ///
    /// It is too long, of another version, or something else.
    pub fn read(file: &[u8]) -> Result<Self, NotAFile> {
        json::read(file)
    }

    /// Its text.
    pub fn to_text(&self) -> String {
        json::text(self)
    }
}

#[cfg(test)]
#[path = "challenge_tests.rs"]
mod tests;
