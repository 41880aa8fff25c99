//! Types of the keys that the broker has, by their SSH names.
//!
//! Specs: RFC 5656 §3.1 (ECDSA), RFC 4253 §6.6 (`ssh-rsa` as a key type), RFC 8332 (its
//! signatures), RFC 8709 (Ed25519).

use std::fmt;

use ssh_key::EcdsaCurve;

use crate::origin::Holding;

/// A kind and length of key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// ECDSA over a NIST curve.
    Ecdsa(EcdsaCurve),
    /// RSA with the public exponent 65537.
    Rsa(RsaBits),
    /// Ed25519. No TPM signs with such keys: it seals them.
    Ed25519,
}

/// Length of an RSA modulus. Shorter ones are refused by OpenSSH (`RequiredRSASize`) or soon
/// will be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RsaBits {
    /// 2048 bits.
    B2048,
    /// 3072 bits.
    B3072,
    /// 4096 bits.
    B4096,
}

impl Algorithm {
    /// All, the preferred first.
    pub const ALL: [Self; 7] = [
        Self::Ecdsa(EcdsaCurve::NistP256),
        Self::Ecdsa(EcdsaCurve::NistP384),
        Self::Ecdsa(EcdsaCurve::NistP521),
        Self::Rsa(RsaBits::B2048),
        Self::Rsa(RsaBits::B3072),
        Self::Rsa(RsaBits::B4096),
        Self::Ed25519,
    ];

    /// Name of the key type in public keys.
    pub fn ssh_name(self) -> &'static str {
        match self {
            Self::Ecdsa(EcdsaCurve::NistP256) => "ecdsa-sha2-nistp256",
            Self::Ecdsa(EcdsaCurve::NistP384) => "ecdsa-sha2-nistp384",
            Self::Ecdsa(EcdsaCurve::NistP521) => "ecdsa-sha2-nistp521",
            Self::Rsa(_) => RSA_NAME,
            Self::Ed25519 => "ssh-ed25519",
        }
    }

    /// What holds the private part of such a key.
    pub fn holding(self) -> Holding {
        match self {
            Self::Ecdsa(_) | Self::Rsa(_) => Holding::Tpm,
            Self::Ed25519 => Holding::Sealed,
        }
    }

    /// Length in bits, as `ssh-keygen -l` shows it.
    pub fn bits(self) -> u32 {
        match self {
            Self::Ecdsa(EcdsaCurve::NistP256) | Self::Ed25519 => 256,
            Self::Ecdsa(EcdsaCurve::NistP384) => 384,
            Self::Ecdsa(EcdsaCurve::NistP521) => 521,
            Self::Rsa(RsaBits::B2048) => 2048,
            Self::Rsa(RsaBits::B3072) => 3072,
            Self::Rsa(RsaBits::B4096) => 4096,
        }
    }

    /// The algorithm of this SSH name and length in bits; `None` if the broker has none.
    pub fn from_name_and_bits(name: &str, bits: u32) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|one| one.ssh_name() == name && one.bits() == bits)
    }
}

impl fmt::Display for Algorithm {
    /// `ecdsa-sha2-nistp256`, `ssh-rsa 2048`, `ssh-ed25519`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ecdsa(_) | Self::Ed25519 => f.write_str(self.ssh_name()),
            Self::Rsa(_) => write!(f, "{} {}", self.ssh_name(), self.bits()),
        }
    }
}

const RSA_NAME: &str = "ssh-rsa";

#[cfg(test)]
mod tests {
    use super::Algorithm;

    #[test]
    fn every_algorithm_is_found_by_its_name_and_length() {
        for algorithm in Algorithm::ALL {
            let found = Algorithm::from_name_and_bits(algorithm.ssh_name(), algorithm.bits());
            assert_eq!(found, Some(algorithm));
        }
    }
}
