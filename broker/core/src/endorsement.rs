//! The identity of the machine: the endorsement keys of its TPM, and credentials made for them.
//!
//! Specs: TPM 2.0 Part 1, "Credential Protection"; Part 2, `TPM2B_ID_OBJECT`,
//! `TPM2B_ENCRYPTED_SECRET`.

use thiserror::Error;

/// What the TPM shows of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MachineIdentity {
    /// Its endorsement keys.
    pub endorsement_keys: Vec<EndorsementKey>,
    /// Certificates of those that issued the keys' certificates, as far as the TPM has them. They
    /// are not verified, nor parsed.
    pub chain: Vec<Box<[u8]>>,
}

/// An endorsement key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndorsementKey {
    /// Its public area, a TPMT_PUBLIC.
    pub public: Box<[u8]>,
    /// Its certificate in DER, if the TPM has one. It is not verified.
    pub certificate: Option<Box<[u8]>>,
}

/// Longest content of a `TPM2B_ID_OBJECT`, in bytes: an HMAC and an encrypted secret of up to 64
/// bytes, SHA-512's, each with its length, and the secret's own length.
pub const MAX_ID_OBJECT_BYTES: usize = 2 + 64 + 2 + 2 + 64;

/// Longest content of a `TPM2B_ENCRYPTED_SECRET`, in bytes: that of an RSA-4096 key.
pub const MAX_ENCRYPTED_SECRET_BYTES: usize = 512;

/// A secret for one endorsement key, which the TPM gives back only if it also has the key of a
/// certain Name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    id_object: Box<[u8]>,
    encrypted_secret: Box<[u8]>,
}

/// The bytes are not those of a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "the credential is malformed: credential is a TPM2B_ID_OBJECT of at most \
     {MAX_ID_OBJECT_BYTES} bytes and encrypted_secret a TPM2B_ENCRYPTED_SECRET of at most \
     {MAX_ENCRYPTED_SECRET_BYTES}, each with its length before it"
)]
pub struct NotACredential;

impl Credential {
    /// Reads a `TPM2B_ID_OBJECT` and a `TPM2B_ENCRYPTED_SECRET`.
    ///
    /// # Errors
    ///
    /// A length is wrong, or too long.
    pub fn read(id_object: &[u8], encrypted_secret: &[u8]) -> Result<Self, NotACredential> {
        Ok(Self {
            id_object: content(id_object, MAX_ID_OBJECT_BYTES)?.into(),
            encrypted_secret: content(encrypted_secret, MAX_ENCRYPTED_SECRET_BYTES)?.into(),
        })
    }

    /// What is in the `TPM2B_ID_OBJECT`.
    pub fn id_object(&self) -> &[u8] {
        &self.id_object
    }

    /// What is in the `TPM2B_ENCRYPTED_SECRET`.
    pub fn encrypted_secret(&self) -> &[u8] {
        &self.encrypted_secret
    }
}

fn content(bytes: &[u8], at_most: usize) -> Result<&[u8], NotACredential> {
    let (length, content) = bytes.split_first_chunk().ok_or(NotACredential)?;
    let is_whole = usize::from(u16::from_be_bytes(*length)) == content.len();
    let fits = (1..=at_most).contains(&content.len());
    (is_whole && fits).then_some(content).ok_or(NotACredential)
}

#[cfg(test)]
mod tests {
    use super::{Credential, MAX_ENCRYPTED_SECRET_BYTES, MAX_ID_OBJECT_BYTES, NotACredential};

    fn sized(length: usize) -> Vec<u8> {
        let before = u16::try_from(length).expect("a short one").to_be_bytes();
        [&before[..], &vec![7; length]].concat()
    }

    #[test]
    fn a_credential_is_read_without_its_lengths() {
        let longest = (
            sized(MAX_ID_OBJECT_BYTES),
            sized(MAX_ENCRYPTED_SECRET_BYTES),
        );
        let read = Credential::read(&longest.0, &longest.1).expect("a credential");
        assert_eq!(read.id_object().len(), MAX_ID_OBJECT_BYTES);
        assert_eq!(read.encrypted_secret().len(), MAX_ENCRYPTED_SECRET_BYTES);
    }

    #[test]
    fn a_credential_with_a_wrong_length_is_refused() {
        let good = sized(40);
        let longer = [&good[..], &[0]].concat();
        let too_long = (
            sized(MAX_ID_OBJECT_BYTES + 1),
            sized(MAX_ENCRYPTED_SECRET_BYTES + 1),
        );
        for wrong in [&[][..], &[0], &[0, 0], &good[..41], &longer] {
            assert_eq!(Credential::read(wrong, &good), Err(NotACredential));
            assert_eq!(Credential::read(&good, wrong), Err(NotACredential));
        }
        assert!(Credential::read(&too_long.0, &good).is_err());
        assert!(Credential::read(&good, &too_long.1).is_err());
    }
}
