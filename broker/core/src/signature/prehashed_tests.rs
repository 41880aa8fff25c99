//! Signatures of the SHA-2 digests of "sample", which OpenSSL 3.0 made (`openssl pkeyutl -sign`).

use sha2::Digest as _;
use ssh_key::PublicKey;
use ssh_key::public::KeyData;

use super::*;

const HASHES: [DigestHash; 3] = [DigestHash::Sha256, DigestHash::Sha384, DigestHash::Sha512];

fn digest(hash: DigestHash) -> Vec<u8> {
    match hash {
        DigestHash::Sha256 => Sha256::digest("sample").to_vec(),
        DigestHash::Sha384 => Sha384::digest("sample").to_vec(),
        DigestHash::Sha512 => Sha512::digest("sample").to_vec(),
    }
}

fn key(blob: &[u8]) -> KeyData {
    PublicKey::from_bytes(blob).expect("a key").into()
}

fn rsa_key() -> RsaPublicKey {
    match key(include_bytes!("testdata/rsa.key")) {
        KeyData::Rsa(key) => key,
        other => panic!("{other:?}"),
    }
}

/// Key, hash of the curve, and r and s in full length.
fn curves() -> [(EcdsaPublicKey, DigestHash, Vec<u8>); 3] {
    let of = |blob: &[u8]| match key(blob) {
        KeyData::Ecdsa(key) => key,
        other => panic!("{other:?}"),
    };
    [
        (
            of(include_bytes!("testdata/ecdsa-256.key")),
            DigestHash::Sha256,
            include_bytes!("testdata/ecdsa-256.sig").to_vec(),
        ),
        (
            of(include_bytes!("testdata/ecdsa-384.key")),
            DigestHash::Sha384,
            include_bytes!("testdata/ecdsa-384.sig").to_vec(),
        ),
        (
            of(include_bytes!("testdata/ecdsa-521.key")),
            DigestHash::Sha512,
            include_bytes!("testdata/ecdsa-521.sig").to_vec(),
        ),
    ]
}

#[test]
fn ecdsa_leaves_as_two_numbers_of_the_length_of_the_field() {
    for (key, hash, numbers) in curves() {
        let (r, s) = numbers.split_at(numbers.len() / 2);
        let released = ecdsa(&key, &digest(hash), (r, s)).expect("it verifies");
        assert_eq!(released, numbers);
        // TPMs pad, or leave zeros out.
        let padded = [&[0, 0], r].concat();
        assert_eq!(ecdsa(&key, &digest(hash), (&padded, s)), Ok(released));
    }
}

#[test]
fn ecdsa_of_another_digest_key_or_number_does_not_leave() {
    for (key, hash, numbers) in curves() {
        let (r, s) = numbers.split_at(numbers.len() / 2);
        let mut other = digest(hash);
        other[0] ^= 1;
        assert_eq!(ecdsa(&key, &other, (r, s)), Err(BadSignature));
        assert_eq!(ecdsa(&key, &digest(hash), (s, r)), Err(BadSignature));
        assert_eq!(ecdsa(&key, &digest(hash), (&[], &[])), Err(BadSignature));
        let [(first, ..), (second, ..), _] = curves();
        let stranger = if key == first { second } else { first };
        assert!(ecdsa(&stranger, &digest(hash), (r, s)).is_err());
    }
}

#[test]
fn pkcs1_leaves_with_its_own_hash_alone() {
    let signatures: [&[u8]; 3] = [
        include_bytes!("testdata/rsa-pkcs1-sha256.sig"),
        include_bytes!("testdata/rsa-pkcs1-sha384.sig"),
        include_bytes!("testdata/rsa-pkcs1-sha512.sig"),
    ];
    for (hash, raw) in HASHES.into_iter().zip(signatures) {
        for other in HASHES {
            let verified = pkcs1(&rsa_key(), other, &digest(other), raw);
            assert_eq!(verified.is_ok(), other == hash, "{hash:?} {other:?}");
        }
        assert!(pss(&rsa_key(), hash, &digest(hash), raw).is_err());
    }
}

#[test]
fn pss_leaves_with_a_salt_as_long_as_the_digest() {
    let signatures: [&[u8]; 3] = [
        include_bytes!("testdata/rsa-pss-sha256.sig"),
        include_bytes!("testdata/rsa-pss-sha384.sig"),
        include_bytes!("testdata/rsa-pss-sha512.sig"),
    ];
    for (hash, raw) in HASHES.into_iter().zip(signatures) {
        let released = pss(&rsa_key(), hash, &digest(hash), raw);
        assert_eq!(released, Ok(Released::Signature(raw.to_vec())));
        assert!(pkcs1(&rsa_key(), hash, &digest(hash), raw).is_err());
    }
}

#[test]
fn the_longest_salt_is_known_and_does_not_leave() {
    let signatures: [&[u8]; 3] = [
        include_bytes!("testdata/rsa-pss-sha256-longest.sig"),
        include_bytes!("testdata/rsa-pss-sha384-longest.sig"),
        include_bytes!("testdata/rsa-pss-sha512-longest.sig"),
    ];
    for (hash, raw) in HASHES.into_iter().zip(signatures) {
        let released = pss(&rsa_key(), hash, &digest(hash), raw);
        assert_eq!(released, Ok(Released::LongestSalt));
        let mut other = digest(hash);
        other[0] ^= 1;
        assert_eq!(pss(&rsa_key(), hash, &other, raw), Err(BadSignature));
    }
}

#[test]
fn a_salt_of_any_other_length_is_a_bad_signature() {
    let raw = include_bytes!("testdata/rsa-pss-sha256-20.sig");
    let hash = DigestHash::Sha256;
    assert_eq!(pss(&rsa_key(), hash, &digest(hash), raw), Err(BadSignature));
}

#[test]
fn a_signature_of_another_length_does_not_leave() {
    let hash = DigestHash::Sha256;
    let whole = include_bytes!("testdata/rsa-pss-sha256.sig");
    for raw in [&[][..], &[1], &whole[1..], &[&[0], &whole[..]].concat()] {
        assert!(pss(&rsa_key(), hash, &digest(hash), raw).is_err());
        assert!(pkcs1(&rsa_key(), hash, &digest(hash), raw).is_err());
    }
}
