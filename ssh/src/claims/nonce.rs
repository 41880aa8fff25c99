//! What a verifier chooses, so that an attestation is not an older one.

use base64ct::{Base64, Encoding as _};
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
