//! The endorsement key of a TPM, and the hash by which a machine is enrolled without a certificate.
//!
//! The hash is the SHA-256 of the DER form of a SubjectPublicKeyInfo that is made of the numbers in
//! the public area, in one form for each kind of key: so a public area has one hash, and the
//! certificate of a vendor who names the algorithm in another way has no part in it.
//!
//! Specs: TPM 2.0 Part 2, `TPMT_PUBLIC` (§12.2.4), `TPMS_RSA_PARMS`, `TPMS_ECC_PARMS`; RFC 3279
//! §2.3.1 (RSA), RFC 5480 §2 (elliptic curves).

mod area;
#[cfg(test)]
mod fuzz;
mod hash;
mod public;
mod spki;

pub use hash::{EndorsementHash, NotAnEndorsementHash};
pub use public::{Curve, EndorsementPublic};

impl EndorsementPublic {
    /// Reads a marshalled `TPMT_PUBLIC` of a key that decrypts and is restricted to that, as
    /// endorsement keys are. `None`: it is none, or has an algorithm that is not known here.
    pub fn read(area: &[u8]) -> Option<Self> {
        area::read(area)
    }

    /// What a certificate of this key has in it as the bits of the key: an RSAPublicKey, or a point
    /// with both coordinates.
    pub fn key_bits(&self) -> Vec<u8> {
        spki::key_bits(self)
    }

    /// The DER form of its SubjectPublicKeyInfo.
    pub fn subject_public_key_info(&self) -> Vec<u8> {
        spki::whole(self)
    }

    /// The name of the kind of key, for people: `RSA 2048`, `P-256`.
    pub fn kind(&self) -> String {
        match self {
            Self::Rsa { modulus, .. } => format!("RSA {}", modulus.len() * 8),
            Self::Ecc { curve, .. } => match curve {
                Curve::P256 => "P-256".to_owned(),
                Curve::P384 => "P-384".to_owned(),
                Curve::P521 => "P-521".to_owned(),
            },
        }
    }
}

#[cfg(test)]
mod tests;
