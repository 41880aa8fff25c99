//! What the broker claims of a key that the TPM attests.
//!
//! The TPM states that it holds a key, and signs that. It knows nothing of the key's owner and of
//! the broker's rules, so the broker writes those down as claims, and has the TPM sign their hash
//! with its statement. [`qualifying_data`] is that hash. It depends on the bytes of the claims, not
//! on what they mean, so a verifier hashes the bytes that it received, and then parses the same
//! bytes.
//!
//! The claims are JSON, with names in kebab-case. A name that [`Claims`] does not have is an error,
//! because a verifier that skips what it does not know would skip a restriction.

mod destination;
#[cfg(test)]
mod fuzz;
mod nonce;
mod text;

pub use destination::{ClaimedDestination, ClaimedHost, ClaimedHostKey};
pub use nonce::{Nonce, NotANonce};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::fingerprint::Fingerprint;
use crate::limits::MAX_CLAIMS_BYTES;
use crate::origin::{Holding, Origin};
use crate::pcr::PcrSelection;
use crate::purpose::Purposes;

/// What the broker claims of a key, its owner and its rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Claims {
    /// The form of the claims.
    pub version: Version,
    /// What the verifier chose, in base64.
    pub nonce: Nonce,
    /// The owner of the key.
    pub owner: ClaimedOwner,
    /// The name of the key.
    #[serde(with = "text")]
    pub fingerprint: Fingerprint,
    /// Where the key comes from.
    #[serde(with = "text::word")]
    pub origin: Origin,
    /// What holds its private part.
    #[serde(with = "text::word")]
    pub holding: Holding,
    /// Whether its owner said that a copy is kept elsewhere.
    pub backed_up: bool,
    /// What it may sign.
    #[serde(with = "text::purposes")]
    pub purposes: Purposes,
    /// SSHSIG namespaces in which it may sign; none means all.
    pub namespaces: Vec<String>,
    /// Where it may log in; none means everywhere.
    pub destinations: Vec<ClaimedDestination>,
    /// Whether it may be used over forwarded connections.
    pub forwarding: bool,
    /// Whether a person has to confirm each use.
    pub confirm: bool,
    /// Whether it has a PIN.
    pub pin: bool,
    /// Whether it signs only while its owner has an unlocked session at this machine.
    pub while_unlocked: bool,
    /// The PCRs that it is bound to, such as `7:sha256`; missing if it is bound to none.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "text::optional"
    )]
    pub pcrs: Option<PcrSelection>,
    /// When it came into the broker's keeping, in seconds since 1970-01-01 UTC.
    pub created: u64,
}

/// The owner of a key, as the machine knows the user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ClaimedOwner {
    /// The numeric user ID.
    pub uid: u32,
    /// The name in the user database.
    pub name: String,
}

/// The form of the claims: there is one so far, version 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub enum Version {
    /// Version 1.
    One,
}

impl TryFrom<u64> for Version {
    type Error = NotClaims;

    fn try_from(number: u64) -> Result<Self, NotClaims> {
        match number {
            1 => Ok(Self::One),
            other => Err(NotClaims::Version(other)),
        }
    }
}

impl From<Version> for u64 {
    fn from(version: Version) -> Self {
        match version {
            Version::One => 1,
        }
    }
}

/// Why bytes are no claims.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NotClaims {
    /// They are too long.
    #[error("the claims have more than {MAX_CLAIMS_BYTES} bytes")]
    TooLong,
    /// The form is unknown.
    #[error("claims of version {0} are not known here; a newer sshtpm may read them")]
    Version(u64),
    /// They are not the JSON that a broker writes; the text says where.
    #[error("these are not claims of an attestation: {0}")]
    Form(String),
}

impl Claims {
    /// The bytes that are hashed and sent, at most [`MAX_CLAIMS_BYTES`].
    ///
    /// # Errors
    ///
    /// There would be more.
    pub fn to_bytes(&self) -> Result<Vec<u8>, NotClaims> {
        let bytes = serde_json::to_vec(self);
        let bytes = bytes.map_err(|error| NotClaims::Form(error.to_string()))?;
        match bytes.len() {
            0..=MAX_CLAIMS_BYTES => Ok(bytes),
            _ => Err(NotClaims::TooLong),
        }
    }

    /// Reads claims.
    ///
    /// # Errors
    ///
    /// They are too long, of another version, or not claims.
    pub fn parse(bytes: &[u8]) -> Result<Self, NotClaims> {
        if bytes.len() > MAX_CLAIMS_BYTES {
            return Err(NotClaims::TooLong);
        }
        let read = |error: serde_json::Error| NotClaims::Form(error.to_string());
        let Versioned { version } = serde_json::from_slice(bytes).map_err(read)?;
        Version::try_from(version)?;
        serde_json::from_slice(bytes).map_err(read)
    }
}

/// What every version has.
#[derive(Deserialize)]
struct Versioned {
    version: u64,
}

/// What the TPM signs for `claims`, the bytes as they are sent: `extraData` of its statement
/// (TPM 2.0 Part 2, TPMS_ATTEST).
pub fn qualifying_data(claims: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(CONTEXT);
    hash.update(claims);
    hash.finalize().into()
}

/// Before the claims, so that their hash is no hash of anything else.
const CONTEXT: &[u8] = b"sshtpm-attest-v1\0";

#[cfg(test)]
mod tests;
