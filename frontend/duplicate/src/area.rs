//! The public area of a key that is imported.
//!
//! Specs: TPM 2.0 Part 2, `TPMT_PUBLIC`, `TPMS_ECC_PARMS`, `TPMS_RSA_PARMS`,
//! `TPMS_KEYEDHASH_PARMS`.

use ssh_key::EcdsaCurve;
use sshtpm_key_file::{Ecdsa, PrivatePart, Rsa};

use crate::sensitive::SealedSeed;
use sshtpm_tpm2::ids;
use sshtpm_tpm2::marshal::Writer;

/// The marshalled `TPMT_PUBLIC`. The TPM guards a PIN against guessing. With a policy, nothing else
/// authorizes a use of the key.
pub(crate) fn of(
    key: &PrivatePart,
    has_pin: bool,
    policy: Option<&[u8; 32]>,
    sealed: &SealedSeed,
) -> Vec<u8> {
    let guard = if has_pin { 0 } else { ids::NO_DA };
    // With it, the authorization value alone would do.
    let alone = if policy.is_some() {
        0
    } else {
        ids::USER_WITH_AUTH
    };
    let attributes = alone | guard;
    let start = |kind, attributes| start(kind, attributes, policy);
    let area = match key {
        PrivatePart::Ecdsa(key) => ecdsa(start(ids::ECC, attributes | ids::SIGN), key),
        PrivatePart::Rsa(key) => rsa(start(ids::RSA, attributes | ids::SIGN), key),
        PrivatePart::Ed25519(key) => start(ids::KEYEDHASH, attributes)
            .uint16(ids::NULL)
            .sized(&sealed.unique(key.seed())),
    };
    area.finish().to_vec()
}

fn start(key_type: u16, attributes: u32, policy: Option<&[u8; 32]>) -> Writer {
    let area = Writer::new().uint16(key_type).uint16(ids::SHA256);
    let policy = policy.map_or(&[][..], |policy| policy);
    area.uint32(attributes).sized(policy)
}

fn ecdsa(start: Writer, key: &Ecdsa) -> Writer {
    let (curve, hash) = match key.curve() {
        EcdsaCurve::NistP256 => (ids::NIST_P256, ids::SHA256),
        EcdsaCurve::NistP384 => (ids::NIST_P384, ids::SHA384),
        EcdsaCurve::NistP521 => (ids::NIST_P521, ids::SHA512),
    };
    let (x, y) = key.coordinates();
    let area = start.uint16(ids::NULL);
    let area = area.uint16(ids::ECDSA).uint16(hash).uint16(curve);
    area.uint16(ids::NULL).sized(x).sized(y)
}

fn rsa(start: Writer, key: &Rsa) -> Writer {
    // At most 4096.
    let bits = u16::try_from(key.modulus().len() * 8).unwrap_or(u16::MAX);
    let area = start.uint16(ids::NULL).uint16(ids::NULL);
    // 0 stands for the exponent 65537.
    area.uint16(bits).uint32(0).sized(key.modulus())
}
