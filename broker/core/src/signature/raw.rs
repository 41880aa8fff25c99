//! A signature as the TPM gives it, not yet verified.
//!
//! Specs: TPM 2.0 Part 2, TPMT_SIGNATURE.

/// A signature as a TPM gives it (TPM 2.0 Part 2, TPMT_SIGNATURE): numbers, big-endian.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RawSignature {
    Ecdsa { r: Vec<u8>, s: Vec<u8> },
    Rsa(Vec<u8>),
}

/// A TPM returned something that is not a signature of this data by this key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadSignature;
