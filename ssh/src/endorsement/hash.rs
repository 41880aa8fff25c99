//! The hash of an endorsement key.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};
use thiserror::Error;

use super::EndorsementPublic;

/// What stands before the digits, so that one sees what kind of hash it is.
const PREFIX: &str = "SHA256:";

/// `SHA256:` and 64 hexadecimal digits in lower case. A fingerprint of SSH is written in base64, so
/// the two cannot be mixed up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EndorsementHash([u8; 32]);

impl EndorsementHash {
    /// The hash of `public`.
    pub fn of(public: &EndorsementPublic) -> Self {
        Self(Sha256::digest(public.subject_public_key_info()).into())
    }

    /// The digits alone: 64 characters that are safe in a file name.
    pub fn to_hex(self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl fmt::Display for EndorsementHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", self.to_hex())
    }
}

impl FromStr for EndorsementHash {
    type Err = NotAnEndorsementHash;

    /// Digits in upper case, and digits without the word before them, are what other programs
    /// print.
    fn from_str(text: &str) -> Result<Self, NotAnEndorsementHash> {
        let digits = text.strip_prefix(PREFIX).unwrap_or(text).as_bytes();
        let (pairs, rest) = digits.as_chunks::<2>();
        let mut bytes = [0; 32];
        if pairs.len() != bytes.len() || !rest.is_empty() {
            return Err(NotAnEndorsementHash);
        }
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = digit(*high)? << 4 | digit(*low)?;
        }
        Ok(Self(bytes))
    }
}

fn digit(character: u8) -> Result<u8, NotAnEndorsementHash> {
    let value = char::from(character).to_digit(16);
    let value = value.and_then(|value| u8::try_from(value).ok());
    value.ok_or(NotAnEndorsementHash)
}

/// The text is not the hash of an endorsement key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "the hash of an endorsement key is SHA256: and 64 hexadecimal digits, as `sshtpm identity` \
     shows it"
)]
pub struct NotAnEndorsementHash;
