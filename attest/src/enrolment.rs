//! A record that an attestation key is in the TPM with an endorsement key.

use serde::{Deserialize, Serialize};
use sshtpm_ssh::claims::ClaimedOwner;
use sshtpm_ssh::endorsement::EndorsementHash;

use crate::base64::Base64Bytes;
use crate::endorsement::Endorsement;
use crate::error::NotProved;
use crate::json::{self, NotAFile, Version};

/// What a verifier keeps of a challenge that was answered. It is the verifier's own word: a record
/// that somebody else could have written proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Enrolment {
    version: Version,
    /// The user name of the user whose attestation key it is.
    owner: String,
    /// The Name of the attestation key.
    attestation_key: Base64Bytes,
    endorsement: Endorsement,
    /// When the challenge was answered, in seconds since 1970.
    enrolled: u64,
}

impl Enrolment {
    pub(crate) fn new(
        (attestation_key, owner): (Vec<u8>, String),
        endorsement: Endorsement,
        enrolled: u64,
    ) -> Self {
        Self {
            version: Version::One,
            owner,
            attestation_key: attestation_key.into(),
            endorsement,
            enrolled,
        }
    }

    /// Reads a record.
    ///
    /// # Errors
    ///
    /// It is too long, of another version, or none.
    pub fn read(file: &[u8]) -> Result<Self, NotAFile> {
        json::read(file)
    }

    /// The text of the record.
    pub fn to_text(&self) -> String {
        json::text(self)
    }

    /// The endorsement key.
    pub fn endorsement(&self) -> &Endorsement {
        &self.endorsement
    }

    /// The user whose attestation key it is, as the verifier named them.
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// The hash of the endorsement key.
    ///
    /// # Errors
    ///
    /// It is not an endorsement key.
    pub fn endorsement_hash(&self) -> Result<EndorsementHash, NotProved> {
        self.endorsement.hash()
    }

    pub(crate) fn is_of(
        &self,
        attestation_key: &[u8],
        owner: &ClaimedOwner,
    ) -> Result<(), NotProved> {
        if self.attestation_key.0 != attestation_key {
            return Err(NotProved::NotEnrolled);
        }
        match self.owner == owner.name {
            true => Ok(()),
            false => Err(NotProved::OtherOwner),
        }
    }
}
