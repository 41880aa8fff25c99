//! Keys and certificates for tests, good and bad.

use p256::elliptic_curve::sec1::ToEncodedPoint;
use ssh_key::PrivateKey;
use ssh_key::sha2::{Digest, Sha256};

use crate::protocol::fake_keys::{private_key, sign, string};

/// Flags and counter of a token's signature.
const TRAILER: [u8; 5] = [1, 0, 0, 0, 9];

/// An ECDSA key with this point.
pub(super) fn ecdsa(curve: &str, point: &[u8]) -> Vec<u8> {
    let name = format!("ecdsa-sha2-{curve}");
    [
        string(name.as_bytes()),
        string(curve.as_bytes()),
        string(point),
    ]
    .concat()
}

/// The curves, and the points of their generators, in full.
pub(super) fn generators() -> [(&'static str, Vec<u8>); 3] {
    let p256 = p256::AffinePoint::GENERATOR.to_encoded_point(false);
    let p384 = p384::AffinePoint::GENERATOR.to_encoded_point(false);
    let p521 = p521::AffinePoint::GENERATOR.to_encoded_point(false);
    [
        ("nistp256", p256.as_bytes().to_vec()),
        ("nistp384", p384.as_bytes().to_vec()),
        ("nistp521", p521.as_bytes().to_vec()),
    ]
}

/// An RSA key with this exponent and a modulus of these bytes, whose first is `first`.
pub(super) fn rsa(e: &[u8], first: u8, n_bytes: usize) -> Vec<u8> {
    let n = [&[first][..], &vec![0xff; n_bytes - 1]].concat();
    [string(b"ssh-rsa"), string(e), string(&n)].concat()
}

/// A DSA key with these numbers.
pub(super) fn dsa(numbers: [&[u8]; 4]) -> Vec<u8> {
    let numbers = numbers.map(string).concat();
    [string(b"ssh-dss"), numbers].concat()
}

/// The Ed25519 key of a token, for this application.
pub(super) fn token(application: &[u8]) -> Vec<u8> {
    let name = string(b"sk-ssh-ed25519@openssh.com");
    [name, string(&public(1)), string(application)].concat()
}

/// The bytes of a public Ed25519 key.
fn public(seed: u8) -> [u8; 32] {
    private_key(seed)
        .public_key()
        .key_data()
        .ed25519()
        .unwrap()
        .0
}

/// A certificate of an Ed25519 key, by the authority with the blob `issuer`, which signs it.
pub(super) fn certificate(issuer: &[u8], signature: impl FnOnce(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let fields = [
        string(b"ssh-ed25519-cert-v01@openssh.com"),
        string(b"nonce"),
        string(&public(1)),
        vec![0; 8],
        vec![0, 0, 0, 1],
        string(b"id"),
        string(&string(b"alice")),
        vec![0; 8],
        vec![0xff; 8],
        string(b""),
        string(b""),
        string(b""),
        string(issuer),
    ];
    let signed = fields.concat();
    let signature = signature(&signed);
    [signed, string(&signature)].concat()
}

/// A good certificate. Each `number` makes another one.
pub(super) fn good_certificate(number: u32) -> Vec<u8> {
    let authority = private_key(2);
    let issuer = authority.public_key().to_bytes().unwrap();
    let unsigned = certificate(&issuer, |_| Vec::new());
    let mut signed = unsigned[..unsigned.len() - 4].to_vec();
    // The serial number is behind the type, the nonce and the key.
    let serial = string(b"ssh-ed25519-cert-v01@openssh.com").len() + 4 + 5 + 4 + 32;
    signed[serial..serial + 8].copy_from_slice(&u64::from(number).to_be_bytes());
    let signature = ed25519_signature(&authority, &signed);
    [signed, string(&signature)].concat()
}

/// A signature blob of an Ed25519 key.
pub(super) fn ed25519_signature(key: &PrivateKey, data: &[u8]) -> Vec<u8> {
    let signature = sign(key, data);
    [string(b"ssh-ed25519"), string(signature.as_bytes())].concat()
}

/// What a token with [`token`]`("ssh:")` signs of `data`.
pub(super) fn token_signature(data: &[u8]) -> Vec<u8> {
    let (application, message) = (Sha256::digest("ssh:"), Sha256::digest(data));
    let signed = [&application[..], &TRAILER, &message].concat();
    let signature = sign(&private_key(1), &signed);
    signature.as_bytes().to_vec()
}

/// The same as a signature blob, which says that it is of a token.
pub(super) fn token_signature_blob(data: &[u8]) -> Vec<u8> {
    let signature = string(&token_signature(data));
    let name = string(b"sk-ssh-ed25519@openssh.com");
    [&name[..], &signature, &TRAILER].concat()
}

/// The same as a signature blob, which says that it is of an RSA key.
pub(super) fn token_signature_in_disguise(data: &[u8]) -> Vec<u8> {
    let signature = [&token_signature(data)[..], &TRAILER].concat();
    [string(b"rsa-sha2-512"), string(&signature)].concat()
}
