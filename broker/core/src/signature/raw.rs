//! A signature as the TPM gives it, not yet verified.
//!
//! Specs: TPM 2.0 Part 2, TPMT_SIGNATURE.

/// A signature as a TPM gives it (TPM 2.0 Part 2, TPMT_SIGNATURE): numbers, big-endian.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RawSignature {
    /// Of an ECDSA key; each number is as long as the curve or padded with zeros.
    Ecdsa {
        /// The first number.
        r: Vec<u8>,
        /// The second number.
        s: Vec<u8>,
    },
    /// Of an RSA key: RSASSA-PKCS1-v1_5, as long as the modulus.
    Rsa(Vec<u8>),
}

/// A TPM returned something that is not a signature of this data by this key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadSignature;
