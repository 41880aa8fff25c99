//! Attestation: a TPM states that it holds a key, and the broker what it lets the key do.
//!
//! The TPM signs its statement with an attestation key, of which each user has one
//! ([`AttestationKey`]). It signs the hash of the broker's claims with it, so nobody can put other
//! claims beside a statement. A caller chooses nothing of that but the verifier's nonce, which is
//! among the claims: a caller that chose what is hashed could have other claims signed.
//!
//! Specs: TPM 2.0 Part 1, "Attestation"; Part 2, §10.12 (TPMS_ATTEST).

mod claims;
mod key;
mod release;
mod statement;

#[cfg(test)]
pub(crate) mod fixtures;
#[cfg(test)]
mod tests;

pub(crate) use claims::claims;
pub use key::{AttestationKey, MAX_PRIVATE_BYTES, MAX_PUBLIC_BYTES};
pub(crate) use release::release;

use crate::signature::RawSignature;

/// What shows that a key is in a TPM. The statement was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attestation {
    /// [`Claims`](sshtpm_ssh::claims::Claims), as they were hashed.
    pub claims: Vec<u8>,
    /// TPMS_ATTEST.
    pub statement: Vec<u8>,
    /// TPMT_SIGNATURE of the statement.
    pub signature: Vec<u8>,
    /// TPMT_PUBLIC of the key.
    pub key_public: Vec<u8>,
    /// TPMT_PUBLIC of the attestation key.
    pub attestation_key: Vec<u8>,
}

/// What a TPM stated. It is not verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stated {
    /// TPMS_ATTEST.
    pub statement: Vec<u8>,
    /// Its signature by the attestation key.
    pub signature: RawSignature,
}
