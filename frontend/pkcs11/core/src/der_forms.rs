//! Public keys and digests in DER.
//!
//! Specs: RFC 5480 §2.1.1.1 (curves), SEC 1 (points), RFC 5280 §4.1 (SubjectPublicKeyInfo),
//! RFC 8017 §9.2 (DigestInfo).

use der::asn1::{AnyRef, BitStringRef, ObjectIdentifier, OctetStringRef, UintRef};
use der::{Encode, Tag};
use spki::{AlgorithmIdentifier, SubjectPublicKeyInfo};
use ssh_key::EcdsaCurve;
use sshtpm_ssh::algorithm::Algorithm;
use sshtpm_ssh::digest_scheme::DigestHash;

use crate::key::{Key, PublicHalf};

const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");

const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

const CURVES: [(EcdsaCurve, ObjectIdentifier); 3] = [
    (
        EcdsaCurve::NistP256,
        ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7"),
    ),
    (
        EcdsaCurve::NistP384,
        ObjectIdentifier::new_unwrap("1.3.132.0.34"),
    ),
    (
        EcdsaCurve::NistP521,
        ObjectIdentifier::new_unwrap("1.3.132.0.35"),
    ),
];

/// The curve of `algorithm` in the form of `CKA_EC_PARAMS`; `None` for RSA.
pub(crate) fn curve(algorithm: Algorithm) -> Option<Vec<u8>> {
    oid_of(algorithm)?.to_der().ok()
}

/// The algorithm that `CKA_EC_PARAMS` names so; `None`: the broker has no keys on that curve.
pub(crate) fn algorithm_of_curve(parameters: &[u8]) -> Option<Algorithm> {
    let mut curves = CURVES.into_iter();
    let (curve, _) = curves.find(|(_, oid)| oid.to_der().is_ok_and(|der| der == parameters))?;
    Some(Algorithm::Ecdsa(curve))
}

/// A point in the form of `CKA_EC_POINT`: an OCTET STRING.
pub(crate) fn point(point: &[u8]) -> Option<Vec<u8>> {
    OctetStringRef::new(point).ok()?.to_der().ok()
}

/// The public half as SubjectPublicKeyInfo.
pub(crate) fn public_key_info(key: &Key) -> Option<Vec<u8>> {
    match &key.public {
        PublicHalf::Point(point) => {
            let curve = oid_of(key.algorithm)?;
            info(EC_PUBLIC_KEY, AnyRef::from(&curve), point)
        }
        PublicHalf::Rsa { modulus, exponent } => {
            let numbers = pkcs1::RsaPublicKey {
                modulus: UintRef::new(modulus).ok()?,
                public_exponent: UintRef::new(exponent).ok()?,
            };
            let null = AnyRef::new(Tag::Null, &[]).ok()?;
            info(RSA_ENCRYPTION, null, &numbers.to_der().ok()?)
        }
    }
}

fn info(oid: ObjectIdentifier, parameters: AnyRef<'_>, key: &[u8]) -> Option<Vec<u8>> {
    let info = SubjectPublicKeyInfo {
        algorithm: AlgorithmIdentifier {
            oid,
            parameters: Some(parameters),
        },
        subject_public_key: BitStringRef::from_bytes(key).ok()?,
    };
    info.to_der().ok()
}

fn oid_of(algorithm: Algorithm) -> Option<ObjectIdentifier> {
    let Algorithm::Ecdsa(wanted) = algorithm else {
        return None;
    };
    let mut curves = CURVES.into_iter();
    curves.find_map(|(curve, oid)| (curve == wanted).then_some(oid))
}

/// The digest in `info`, if that is the DigestInfo of a hash with which the TPM signs.
pub(crate) fn digest_of(info: &[u8]) -> Option<(DigestHash, &[u8])> {
    let hashes = [DigestHash::Sha256, DigestHash::Sha384, DigestHash::Sha512];
    hashes.into_iter().find_map(|hash| {
        let digest = info.strip_prefix(&before_digest(hash)?)?;
        (digest.len() == hash.bytes()).then_some((hash, digest))
    })
}

/// What RFC 8017 §9.2, note 1, has before the digest.
fn before_digest(hash: DigestHash) -> Option<[u8; 19]> {
    let number = match hash {
        DigestHash::Sha256 => 1,
        DigestHash::Sha384 => 2,
        DigestHash::Sha512 => 3,
    };
    let length = u8::try_from(hash.bytes()).ok()?;
    Some([
        0x30,
        17 + length,
        0x30,
        0x0d,
        0x06,
        0x09,
        0x60,
        0x86,
        0x48,
        0x01,
        0x65,
        0x03,
        0x04,
        0x02,
        number,
        0x05,
        0x00,
        0x04,
        length,
    ])
}

#[cfg(test)]
mod tests {
    use sshtpm_ssh::algorithm::Algorithm;
    use sshtpm_ssh::digest_scheme::DigestHash;

    use super::{algorithm_of_curve, before_digest, curve, digest_of};

    #[test]
    fn every_curve_is_found_again_by_its_parameters() {
        for algorithm in Algorithm::ALL {
            if let Some(parameters) = curve(algorithm) {
                assert_eq!(algorithm_of_curve(&parameters), Some(algorithm));
            }
        }
        assert_eq!(algorithm_of_curve(b"\x06\x03\x2b\x65\x70"), None);
    }

    #[test]
    fn a_digest_is_found_in_the_exact_form_alone() {
        let mut info = before_digest(DigestHash::Sha384).unwrap().to_vec();
        info.extend([7; 48]);
        assert_eq!(
            digest_of(&info),
            Some((DigestHash::Sha384, [7; 48].as_slice()))
        );
        assert_eq!(digest_of(&info[..66]), None);
        info.push(7);
        assert_eq!(digest_of(&info), None);
        assert_eq!(digest_of(&[7; 48]), None);
    }
}
