//! Why a key is not imported.

use thiserror::Error;

use sshtpm_ssh::error_kind::ErrorKind;

/// Why a key is not imported, whatever the TPM would say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NotImportable {
    /// The public area ends early, or something follows it.
    #[error("its public area is malformed")]
    Malformed,
    /// A part is empty.
    #[error("its {0} is empty")]
    Empty(&'static str),
    /// A part is too long.
    #[error("its {what} has {got} bytes; at most {at_most} are allowed")]
    TooLong {
        /// The part.
        what: &'static str,
        /// Its length in bytes.
        got: usize,
        /// The most bytes that it may have.
        at_most: usize,
    },
    /// It is neither an ECDSA nor an RSA key, nor a sealed object (TPM_ALG_ID).
    #[error("its type {0:#06x} is neither ECC nor RSA, nor KEYEDHASH")]
    Type(u16),
    /// Its Name is made by another hash than SHA-256 (TPM_ALG_ID).
    #[error("its nameAlg {0:#06x} has to be SHA-256 (0x000b)")]
    NameAlgorithm(u16),
    /// An attribute is clear.
    #[error("its attribute {0} has to be set")]
    MustBeSet(&'static str),
    /// An attribute is set.
    #[error("its attribute {0} has to be clear")]
    MustBeClear(&'static str),
    /// A policy can use it.
    #[error(
        "its authPolicy has to be empty, because a policy can let the key leave the TPM; or name \
         the PCRs that it binds the key to (option pcrs)"
    )]
    Policy,
    /// It is to be bound to PCRs, and is not.
    #[error("its authPolicy is empty, so it is not bound to the PCRs that the option pcrs names")]
    NoPolicy,
    /// It has a symmetric algorithm, as a storage key has.
    #[error("its symmetric algorithm has to be Null")]
    Symmetric,
    /// It has another scheme than keys for SSH.
    #[error("its scheme has to be ECDSA with the hash of the curve, or Null for RSA and KEYEDHASH")]
    Scheme,
    /// It has a key derivation function.
    #[error("its key derivation function has to be Null")]
    Kdf,
    /// The curve is not one of SSH (TPM_ECC_CURVE).
    #[error("its curve {0:#06x} is not P-256, P-384 or P-521")]
    Curve(u16),
    /// The point is not of the curve's length, or malformed.
    #[error("the coordinates of its public key are not as long as those of the curve")]
    Point,
    /// The modulus has another length than those that are taken.
    #[error("its RSA modulus has {0} bits; it has to have 2048, 3072 or 4096")]
    Bits(u16),
    /// The modulus is not of the length that is said, or even.
    #[error("its RSA modulus is even, or not as long as it says")]
    Modulus,
    /// The exponent is another one.
    #[error("its RSA exponent {0} has to be 65537")]
    Exponent(u32),
    /// The digest of a sealed object has another length (bytes).
    #[error("its unique field has {0} bytes instead of 32")]
    Unique(usize),
    /// Its public area does not tell the public key, and nobody said it.
    #[error(
        "its public area does not tell its public key; name that with the option public-key, which \
         `sshtpm import` does"
    )]
    NoPublicKey,
    /// Its public area tells the public key, and one was named as well.
    #[error("its public area tells its public key; leave the option public-key out")]
    NeedlessPublicKey,
    /// What is sealed is no Ed25519 key, so its public key is none, either.
    #[error("the option public-key has to be the blob of an ssh-ed25519 key, of 51 bytes")]
    PublicKey,
    /// The TPM unsealed something else.
    #[error("what it seals is not the private part of the public key that was named")]
    OtherSeed,
}

impl NotImportable {
    /// What the caller can do about it.
    pub(crate) fn kind(self) -> ErrorKind {
        match self {
            Self::Type(_) | Self::Curve(_) | Self::Bits(_) | Self::Exponent(_) => {
                ErrorKind::UnsupportedAlgorithm
            }
            _ => ErrorKind::InvalidArgs,
        }
    }
}
