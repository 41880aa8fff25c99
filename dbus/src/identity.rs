//! A key as SSH agents offer it.

use serde::{Deserialize, Serialize};
use zbus::Type;

/// A key that is not lost, or a certificate of one that is in force. `(ays)` on the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Identity {
    /// Public key blob (RFC 4253 §6.6): 104 bytes for P-256, 535 for RSA-4096. Or a certificate
    /// (`PROTOCOL.certkeys`) of up to
    /// [`MAX_CERTIFICATE_BYTES`](sshtpm_ssh::limits::MAX_CERTIFICATE_BYTES).
    #[serde(with = "serde_bytes")]
    pub blob: Vec<u8>,
    /// What the owner calls the key; up to
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
