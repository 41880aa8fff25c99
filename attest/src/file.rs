//! A statement in a file.

use serde::{Deserialize, Serialize};

use crate::base64::Base64Bytes;
use crate::json::{self, NotAFile, Version};

/// What `sshtpm attest` writes, and a verifier reads: what the broker gave. Nothing of it is
/// secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct AttestationFile {
    version: Version,
    /// What the broker claims, the bytes as they are hashed.
    pub claims: Base64Bytes,
    /// What the TPM states: a `TPMS_ATTEST`.
    pub statement: Base64Bytes,
    /// The attestation key's signature of that: a `TPMT_SIGNATURE`.
    pub signature: Base64Bytes,
    /// The key that is attested: a `TPMT_PUBLIC`.
    pub key_public: Base64Bytes,
    /// The key that attests: a `TPMT_PUBLIC`.
    pub attestation_key: Base64Bytes,
}

impl AttestationFile {
    /// With what `Attest` of the broker returns, in that order.
    pub fn new(
        claims: Vec<u8>,
        statement: Vec<u8>,
        signature: Vec<u8>,
        key_public: Vec<u8>,
        attestation_key: Vec<u8>,
    ) -> Self {
        Self {
            version: Version::One,
            claims: claims.into(),
            statement: statement.into(),
            signature: signature.into(),
            key_public: key_public.into(),
            attestation_key: attestation_key.into(),
        }
    }

    /// Reads a file.
    ///
    /// # Errors
    ///
    /// It is too long, of another version, or none.
    pub fn read(file: &[u8]) -> Result<Self, NotAFile> {
        json::read(file)
    }

    /// The text of the file.
    pub fn to_text(&self) -> String {
        json::text(self)
    }
}

#[cfg(test)]
mod tests {
    use super::AttestationFile;
    use crate::json::{MAX_FILE_BYTES, NotAFile};

    fn file() -> AttestationFile {
        AttestationFile::new(vec![1], vec![2], vec![3], vec![4], vec![5])
    }

    #[test]
    fn a_file_reads_as_it_was_written() {
        let read = AttestationFile::read(file().to_text().as_bytes());
        assert_eq!(read, Ok(file()));
    }

    #[test]
    fn a_file_is_bounded_and_has_no_other_names() {
        let long = vec![b' '; MAX_FILE_BYTES + 1];
        assert_eq!(AttestationFile::read(&long), Err(NotAFile::TooLong));
        let text = file().to_text();
        let newer = text.replace("\"version\": 1", "\"version\": 2");
        assert_eq!(
            AttestationFile::read(newer.as_bytes()),
            Err(NotAFile::Version(2))
        );
        for other in [
            text.replace("\"version\"", "\"chain\": [], \"version\""),
            text.replace("AQ==", "AQ"),
            text.replace("\"statement\": \"Ag==\",", ""),
            text.clone() + "{}",
        ] {
            let read = AttestationFile::read(other.as_bytes());
            assert!(matches!(read, Err(NotAFile::Form(_))), "{other}");
        }
    }
}
