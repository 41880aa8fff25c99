//! What a verifier chooses, so that an attestation is not an older one.

use std::str::FromStr;

use base64ct::{Base64, Base64Unpadded, Encoding as _};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::limits::{MAX_NONCE_BYTES, MIN_NONCE_BYTES};

/// [`MIN_NONCE_BYTES`] to [`MAX_NONCE_BYTES`], which the verifier has never chosen before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Nonce(Vec<u8>);

/// Why something is no nonce.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NotANonce {
    /// It has too few bytes, or too many.
    #[error(
        "the nonce has {0} bytes; it needs {MIN_NONCE_BYTES} to {MAX_NONCE_BYTES}, so that nobody \
         chooses the same one twice; take the one that the verifier gave"
    )]
    Length(usize),
    /// It is not base64.
    #[error("the nonce is not base64 with padding")]
    Base64,
    /// It is neither of the forms in which people give one.
    #[error("the nonce is neither hexadecimal nor base64")]
    Text,
}

impl Nonce {
    /// A nonce of these bytes.
    ///
    /// # Errors
    ///
    /// They are too few or too many.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Result<Self, NotANonce> {
        let bytes = bytes.into();
        match bytes.len() {
            MIN_NONCE_BYTES..=MAX_NONCE_BYTES => Ok(Self(bytes)),
            other => Err(NotANonce::Length(other)),
        }
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl TryFrom<String> for Nonce {
    type Error = NotANonce;

    fn try_from(text: String) -> Result<Self, NotANonce> {
        let bytes = Base64::decode_vec(&text).map_err(|_| NotANonce::Base64)?;
        Self::new(bytes)
    }
}

impl From<Nonce> for String {
    fn from(nonce: Nonce) -> Self {
        Base64::encode_string(&nonce.0)
    }
}

/// Hexadecimal if all of it is that, and else base64, with padding or without: 32 characters of
/// base64 that all are hexadecimal digits are rarer than any accident.
impl FromStr for Nonce {
    type Err = NotANonce;

    fn from_str(text: &str) -> Result<Self, NotANonce> {
        let bytes = from_hex(text)
            .or_else(|| Base64Unpadded::decode_vec(text.trim_end_matches('=')).ok())
            .ok_or(NotANonce::Text)?;
        Self::new(bytes)
    }
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else {
        return None;
    };
    let digit = |one: u8| {
        char::from(one)
            .to_digit(16)
            .and_then(|one| u8::try_from(one).ok())
    };
    let byte = |&[high, low]: &[u8; 2]| Some(digit(high)? << 4 | digit(low)?);
    pairs.iter().map(byte).collect()
}
