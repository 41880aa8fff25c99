//! A signature that is not yet verified.
//!
//! Specs: TPM 2.0 Part 2, TPMT_SIGNATURE; RFC 8032 (Ed25519).

/// A signature as a TPM gives it (TPM 2.0 Part 2, TPMT_SIGNATURE): numbers, big-endian; or one of
/// a key that the TPM sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RawSignature {
    /// Of an ECDSA key; each number is as long as the curve or padded with zeros.
    Ecdsa {
        /// The first number.
        r: Vec<u8>,
        /// The second number.
        s: Vec<u8>,
    },
    /// Of an RSA key, as long as the modulus.
    Rsa(Vec<u8>),
    /// Of an Ed25519 key (RFC 8032, §5.1.6).
    Ed25519([u8; 64]),
}

/// The TPM, or the broker with a sealed key, made something that is not a signature of this data by
/// this key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadSignature;
