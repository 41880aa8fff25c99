//! A key as SSH agents offer it.

use serde::{Deserialize, Serialize};
use zbus::Type;

/// A key that is not lost. `(ays)` on the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Identity {
    /// Public key blob (RFC 4253 §6.6): 104 bytes for P-256, 535 for RSA-4096.
    #[serde(with = "serde_bytes")]
    pub blob: Vec<u8>,
    /// What the owner calls it; up to
    /// [`MAX_COMMENT_BYTES`](sshtpm_ssh::limits::MAX_COMMENT_BYTES), no control characters.
    pub comment: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_blob_and_a_comment() {
        assert_eq!(Identity::SIGNATURE.to_string(), "(ays)");
    }
}
