//! From TPM2B_PUBLIC to SSH public keys (RFC 5656 §3.1, RFC 4253 §6.6).

use ssh_key::Mpint;
use ssh_key::public::{EcdsaPublicKey, KeyData, RsaPublicKey};
use tss_esapi::interface_types::ecc::EccCurve;
use tss_esapi::structures::Public;

/// `None`: it is not a key that SSH knows.
pub(super) fn from_tpm(public: &Public) -> Option<KeyData> {
    match public {
        Public::Ecc {
            parameters, unique, ..
        } => {
            let length = coordinate_length(parameters.ecc_curve())?;
            let mut point = vec![SEC1_UNCOMPRESSED];
            point.extend(padded(unique.x().value(), length)?);
            point.extend(padded(unique.y().value(), length)?);
            EcdsaPublicKey::from_sec1_bytes(&point)
                .ok()
                .map(KeyData::Ecdsa)
        }
        Public::Rsa {
            parameters, unique, ..
        } => {
            let e = match parameters.exponent().value() {
                0 => DEFAULT_EXPONENT,
                exponent => exponent,
            };
            let e = Mpint::from_positive_bytes(&e.to_be_bytes()).ok()?;
            let n = Mpint::from_positive_bytes(unique.value()).ok()?;
            Some(KeyData::Rsa(RsaPublicKey { e, n }))
        }
        _ => None,
    }
}

/// SEC 1, §2.3.3: a point with both coordinates.
const SEC1_UNCOMPRESSED: u8 = 4;

/// TPM 2.0 Part 2, TPMS_RSA_PARMS: an exponent of zero means this one.
const DEFAULT_EXPONENT: u32 = 65537;

/// In bytes.
fn coordinate_length(curve: EccCurve) -> Option<usize> {
    match curve {
        EccCurve::NistP256 => Some(32),
        EccCurve::NistP384 => Some(48),
        EccCurve::NistP521 => Some(66),
        _ => None,
    }
}

/// Some TPMs leave leading zeros out.
fn padded(number: &[u8], length: usize) -> Option<Vec<u8>> {
    let mut bytes = vec![0; length.checked_sub(number.len())?];
    bytes.extend_from_slice(number);
    Some(bytes)
}
