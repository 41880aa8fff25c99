//! The public half of an endorsement key, as numbers.

/// The public half of an endorsement key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EndorsementPublic {
    /// RSA.
    Rsa {
        /// Big-endian, with as many bytes as the key has.
        modulus: Vec<u8>,
        /// Not 0.
        exponent: u32,
    },
    /// An elliptic curve.
    Ecc {
        /// The curve.
        curve: Curve,
        /// As long as the curve has it.
        x: Vec<u8>,
        /// The same.
        y: Vec<u8>,
    },
}

/// A curve that the TCG names for endorsement keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Curve {
    /// NIST P-256.
    P256,
    /// NIST P-384.
    P384,
    /// NIST P-521.
    P521,
}

impl Curve {
    /// Bytes of a coordinate.
    pub fn coordinate_bytes(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }
}
