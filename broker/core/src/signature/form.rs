//! In which form a signature is asked for and returned.

use ssh_key::public::KeyData;

use super::ssh_blob::release;
use super::{BadSignature, Digested, RawSignature, Released, Scheme, ToSign};

/// What is signed, how, and in which form the signature leaves.
#[derive(Clone)]
pub(crate) enum Form<'a> {
    /// Data, with an SSH signature blob.
    Ssh(Scheme, &'a [u8]),
    /// A digest, with numbers in full length.
    Digest(Digested),
}

impl Form<'_> {
    /// What is signed.
    pub(crate) fn to_sign(&self) -> ToSign {
        match self {
            Self::Ssh(scheme, data) => scheme.to_sign(data),
            Self::Digest(digested) => digested.to_sign(),
        }
    }

    /// The signature that leaves, if `raw` is one by `key` of what was to be signed.
    ///
    /// # Errors
    ///
    /// It is not.
    pub(crate) fn release(
        &self,
        raw: &RawSignature,
        key: &KeyData,
    ) -> Result<Released, BadSignature> {
        match self {
            Self::Ssh(scheme, data) => release(raw, *scheme, key, data).map(Released::Signature),
            Self::Digest(digested) => digested.release(raw, key),
        }
    }
}
