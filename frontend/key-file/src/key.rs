//! Private keys whose parts fit together.
//!
//! Specs: RFC 8017 §3 (RSA), SEC 1 §3.2 (ECDSA), RFC 8032 §5.1.5 (Ed25519).

use std::fmt;

use ed25519_dalek::SigningKey;
use rsa::BigUint;
use ssh_key::public::{EcdsaPublicKey, Ed25519PublicKey, KeyData, RsaPublicKey};
use ssh_key::{EcdsaCurve, Mpint};
use sshtpm_ssh::algorithm::RsaBits;
use zeroize::{Zeroize as _, Zeroizing};

use crate::curve::{padded, public_point};
use crate::error::{KeyFileError, Unsuitable};

/// The public exponent of every RSA key here: `01 00 01`.
const EXPONENT: [u8; 3] = [1, 0, 1];

/// A private key from a file.
#[derive(Clone, Debug)]
pub struct PrivateKey {
    /// Both halves of it.
    pub private: PrivatePart,
    /// What the file calls it; empty if it does not say.
    pub comment: String,
}

/// A private key with its public half. The memory of private parts is wiped.
#[derive(Clone)]
pub enum PrivatePart {
    /// ECDSA over a NIST curve.
    Ecdsa(Ecdsa),
    /// RSA.
    Rsa(Rsa),
    /// Ed25519.
    Ed25519(Ed25519),
}

/// An ECDSA key.
#[derive(Clone)]
pub struct Ecdsa {
    curve: EcdsaCurve,
    point: Vec<u8>,
    scalar: Zeroizing<Vec<u8>>,
}

/// An RSA key with the exponent 65537.
#[derive(Clone)]
pub struct Rsa {
    bits: RsaBits,
    modulus: Vec<u8>,
    prime: Zeroizing<Vec<u8>>,
}

/// An Ed25519 key.
#[derive(Clone)]
pub struct Ed25519 {
    public: [u8; 32],
    seed: Zeroizing<[u8; 32]>,
}

impl PrivatePart {
    /// The public half.
    pub fn public(&self) -> KeyData {
        match self {
            Self::Ecdsa(key) => key.public(),
            Self::Rsa(key) => key.public(),
            Self::Ed25519(key) => key.public(),
        }
    }
}

impl Ecdsa {
    /// The key of `scalar`, a number of any length, big endian.
    pub(crate) fn new(curve: EcdsaCurve, scalar: &[u8]) -> Result<Self, KeyFileError> {
        let scalar = padded(curve, scalar).ok_or(KeyFileError::Mismatch)?;
        let point = public_point(curve, &scalar).ok_or(KeyFileError::Mismatch)?;
        Ok(Self {
            curve,
            point,
            scalar,
        })
    }

    /// The curve.
    pub fn curve(&self) -> EcdsaCurve {
        self.curve
    }

    /// The coordinates x and y, each of the length of the field: 32, 48 or 66 bytes.
    pub fn coordinates(&self) -> (&[u8], &[u8]) {
        let coordinates = self.point.get(1..).unwrap_or_default();
        coordinates.split_at(coordinates.len() / 2)
    }

    /// The public half, uncompressed: `04`, x and y.
    pub(crate) fn point(&self) -> &[u8] {
        &self.point
    }

    /// Whether `point`, uncompressed or compressed, is the public half.
    pub(crate) fn has_point(&self, point: &[u8]) -> bool {
        let (x, y) = self.coordinates();
        match point {
            [4, ..] => point == self.point,
            [sign @ (2 | 3), rest @ ..] => {
                let odd = y.last().is_some_and(|byte| byte & 1 == 1);
                rest == x && (*sign == 3) == odd
            }
            _ => false,
        }
    }

    /// The private scalar, of the length of the field: 32, 48 or 66 bytes.
    pub fn scalar(&self) -> &[u8] {
        &self.scalar
    }

    pub(crate) fn public(&self) -> KeyData {
        let point = EcdsaPublicKey::from_sec1_bytes(&self.point);
        KeyData::Ecdsa(point.unwrap_or_else(|_| unreachable!("a point of a NIST curve")))
    }
}

impl Rsa {
    /// The key of these numbers, big endian, with or without leading zeros.
    pub(crate) fn new(numbers: RsaNumbers<'_>) -> Result<Self, KeyFileError> {
        let modulus = digits(numbers.modulus);
        let bits = bit_length(modulus);
        let bits = match bits {
            2048 => RsaBits::B2048,
            3072 => RsaBits::B3072,
            4096 => RsaBits::B4096,
            _ => return Err(Unsuitable::RsaBits(bits).into()),
        };
        if digits(numbers.exponent) != EXPONENT {
            return Err(Unsuitable::RsaExponent.into());
        }
        let [first, second] = numbers.primes.map(digits);
        if first.len() > modulus.len() || second.len() > modulus.len() {
            return Err(KeyFileError::Mismatch);
        }
        if !is_product(modulus, first, second) {
            return Err(KeyFileError::Mismatch);
        }
        // The product of two numbers of half the length has the whole length; others differ.
        if bit_length(first) != bit_length(second) {
            return Err(Unsuitable::RsaPrimes.into());
        }
        Ok(Self {
            bits,
            modulus: modulus.to_vec(),
            prime: Zeroizing::new(first.to_vec()),
        })
    }

    /// The length of the modulus.
    pub fn bits(&self) -> RsaBits {
        self.bits
    }

    /// The modulus: 256, 384 or 512 bytes, big endian.
    pub fn modulus(&self) -> &[u8] {
        &self.modulus
    }

    /// One of the two primes: half as many bytes as the modulus has.
    pub fn prime(&self) -> &[u8] {
        &self.prime
    }

    fn public(&self) -> KeyData {
        let number = |bytes| {
            Mpint::from_positive_bytes(bytes)
                .unwrap_or_else(|_| unreachable!("at most 4096 bits were checked"))
        };
        KeyData::Rsa(RsaPublicKey {
            e: number(&EXPONENT),
            n: number(&self.modulus),
        })
    }
}

impl Ed25519 {
    /// The key of `seed`.
    pub(crate) fn new(seed: Zeroizing<[u8; 32]>) -> Self {
        let public = SigningKey::from_bytes(&seed).verifying_key().to_bytes();
        Self { public, seed }
    }

    /// The key of a seed in memory that was borrowed.
    pub(crate) fn of_slice(seed: &[u8]) -> Option<Self> {
        let mut bytes = Zeroizing::new([0; 32]);
        (seed.len() == bytes.len()).then(|| {
            bytes.copy_from_slice(seed);
            Self::new(bytes)
        })
    }

    pub(crate) fn public(&self) -> KeyData {
        KeyData::Ed25519(Ed25519PublicKey(self.public))
    }

    /// The public key.
    pub fn public_bytes(&self) -> &[u8; 32] {
        &self.public
    }

    /// The seed, which is the private key of RFC 8032.
    pub fn seed(&self) -> &[u8; 32] {
        &self.seed
    }
}

/// The numbers of an RSA key as a file has them.
pub(crate) struct RsaNumbers<'a> {
    pub(crate) modulus: &'a [u8],
    pub(crate) exponent: &'a [u8],
    pub(crate) primes: [&'a [u8]; 2],
}

fn digits(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

fn bit_length(digits: &[u8]) -> usize {
    let first = digits.first().map_or(0, |byte| byte.leading_zeros());
    let zeros = usize::try_from(first).unwrap_or_default();
    (digits.len() * 8).saturating_sub(zeros)
}

fn is_product(modulus: &[u8], first: &[u8], second: &[u8]) -> bool {
    let mut first = BigUint::from_bytes_be(first);
    let mut second = BigUint::from_bytes_be(second);
    let product = &first * &second;
    first.zeroize();
    second.zeroize();
    product == BigUint::from_bytes_be(modulus)
}

impl fmt::Debug for PrivatePart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ecdsa(key) => key.fmt(f),
            Self::Rsa(key) => key.fmt(f),
            Self::Ed25519(key) => key.fmt(f),
        }
    }
}

impl fmt::Debug for Ecdsa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ecdsa({})", self.curve)
    }
}

impl fmt::Debug for Rsa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rsa({:?})", self.bits)
    }
}

impl fmt::Debug for Ed25519 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ed25519")
    }
}
