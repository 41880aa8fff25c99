//! The DER form of an endorsement key (ITU-T X.690).

use super::public::{Curve, EndorsementPublic};

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;

/// rsaEncryption with the parameter NULL: RFC 3279 §2.3.1.
const RSA_ENCRYPTION: &[u8] = &[
    0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
];

/// id-ecPublicKey: RFC 5480 §2.1.1. The name of the curve follows.
const EC_PUBLIC_KEY: &[u8] = &[0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];

// secp256r1, secp384r1, secp521r1: RFC 5480 §2.1.1.1.
const P256: &[u8] = &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const P384: &[u8] = &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22];
const P521: &[u8] = &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23];

/// SEC 1, §2.3.3: a point with both coordinates.
const UNCOMPRESSED: u8 = 4;

pub(super) fn whole(public: &EndorsementPublic) -> Vec<u8> {
    let algorithm = match public {
        EndorsementPublic::Rsa { .. } => RSA_ENCRYPTION.to_vec(),
        EndorsementPublic::Ecc { curve, .. } => [EC_PUBLIC_KEY, name_of(*curve)].concat(),
    };
    let no_unused_bits = [&[0], &key_bits(public)[..]].concat();
    let parts = [
        element(SEQUENCE, &algorithm),
        element(BIT_STRING, &no_unused_bits),
    ];
    element(SEQUENCE, &parts.concat())
}

pub(super) fn key_bits(public: &EndorsementPublic) -> Vec<u8> {
    match public {
        EndorsementPublic::Rsa { modulus, exponent } => {
            let numbers = [number(modulus), number(&exponent.to_be_bytes())];
            element(SEQUENCE, &numbers.concat())
        }
        EndorsementPublic::Ecc { x, y, .. } => [&[UNCOMPRESSED], &x[..], y].concat(),
    }
}

fn name_of(curve: Curve) -> &'static [u8] {
    match curve {
        Curve::P256 => P256,
        Curve::P384 => P384,
        Curve::P521 => P521,
    }
}

/// A number that is not negative, in as few bytes as can be.
fn number(bytes: &[u8]) -> Vec<u8> {
    let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
    let short = bytes.get(zeros..).unwrap_or_default();
    match short.first() {
        Some(first) if *first < 0x80 => element(INTEGER, short),
        _ => element(INTEGER, &[&[0], short].concat()),
    }
}

fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let zeros = length.iter().take_while(|&&byte| byte == 0).count();
    let short = length.get(zeros..).unwrap_or_default();
    let length = match (short, content.len()) {
        (&[], _) => vec![0],
        (&[one], 0..0x80) => vec![one],
        (long, _) => [&[0x80 | long.len() as u8], long].concat(),
    };
    [&[tag], &length[..], content].concat()
}
