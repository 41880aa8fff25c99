//! The outer wrapper of a duplicate. There is no inner one.
//!
//! Specs: TPM 2.0 Part 1, "Outer Duplication Wrapper"; Part 3, `TPM2_Import`.

use aes::cipher::{AsyncStreamCipher as _, KeyIvInit as _};
use aes::{Aes128, Aes256};
use cfb_mode::Encryptor;
use rand_core::CryptoRngCore;
use sshtpm_key_file::PrivatePart;
use sshtpm_ssh::limits::MAX_PIN_BYTES;

use crate::error::NotWrapped;
use crate::kdf::Hash;
use crate::marshal::Writer;
use crate::parent::Parent;
use crate::sensitive::SealedSeed;
use crate::{area, ids, seed, sensitive};

/// A key that one TPM can import. None of it is secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duplicate {
    /// The marshalled `TPMT_PUBLIC`.
    pub public: Vec<u8>,
    /// The contents of a `TPM2B_PRIVATE`.
    pub duplicate: Vec<u8>,
    /// The contents of a `TPM2B_ENCRYPTED_SECRET`.
    pub secret: Vec<u8>,
    /// The public key blob (RFC 8709 §4) of an Ed25519 key, 51 bytes: `public` does not tell it.
    pub public_key: Option<Vec<u8>>,
}

/// Wraps `key` for the TPM that has `parent`. With a `pin`, the TPM wants that PIN for each use of
/// the key.
///
/// # Errors
///
/// The parent's public key is not valid, or the PIN is too long.
pub fn wrap(
    key: &PrivatePart,
    pin: Option<&[u8]>,
    parent: &Parent,
    random: &mut impl CryptoRngCore,
) -> Result<Duplicate, NotWrapped> {
    wrap_bound(key, pin, None, parent, random)
}

/// Does the same for a key that nothing but a policy lets sign: `policy` is its `authPolicy`, a
/// SHA-256 digest.
///
/// # Errors
///
/// As for [`wrap`].
pub fn wrap_bound(
    key: &PrivatePart,
    pin: Option<&[u8]>,
    policy: Option<&[u8; 32]>,
    parent: &Parent,
    random: &mut impl CryptoRngCore,
) -> Result<Duplicate, NotWrapped> {
    let pin_bytes = pin.unwrap_or_default();
    if pin_bytes.len() > MAX_PIN_BYTES {
        return Err(NotWrapped::Pin);
    }
    let sealed = SealedSeed::random(random);
    let public = area::of(key, pin.is_some(), policy, &sealed);
    let mut wrapped = sensitive::of(key, pin_bytes, &sealed);
    let name_digest = Hash::Sha256.digest(&[&public]);
    let name = [&ids::SHA256.to_be_bytes()[..], &name_digest].concat();
    let shared = seed::share(parent, random)?;
    let hash = parent.hash;
    let aes = hash.kdf_a(&shared.seed, "STORAGE", &name, parent.aes_bytes);
    encrypt(&aes, &mut wrapped);
    let mac_key = hash.kdf_a(&shared.seed, "INTEGRITY", &[], hash.bytes());
    let mac = hash.hmac(&mac_key, &[&wrapped, &name]);
    let duplicate = Writer::new().sized(&mac).bytes(&wrapped).finish();
    Ok(Duplicate {
        public,
        duplicate: duplicate.to_vec(),
        secret: shared.secret,
        public_key: untold(key),
    })
}

/// The public key blob of a key whose public area does not tell it.
fn untold(key: &PrivatePart) -> Option<Vec<u8>> {
    match key {
        PrivatePart::Ecdsa(_) | PrivatePart::Rsa(_) => None,
        PrivatePart::Ed25519(key) => Some([ED25519_BLOB_BEGINS, key.public_bytes()].concat()),
    }
}

/// RFC 8709 §4: the name of the type, and the length of the key in bytes.
pub(crate) const ED25519_BLOB_BEGINS: &[u8] = b"\0\0\0\x0bssh-ed25519\0\0\0\x20";

/// Encrypts in place by AES in CFB mode. The vector may be zero, because each seed is used once.
fn encrypt(key: &[u8], bytes: &mut [u8]) {
    let iv = [0; 16];
    let too_long = || unreachable!("a parent has an AES key of 16 or 32 bytes");
    match key.len() {
        16 => Encryptor::<Aes128>::new_from_slices(key, &iv)
            .map_or_else(|_| too_long(), |cipher| cipher.encrypt(bytes)),
        _ => Encryptor::<Aes256>::new_from_slices(key, &iv)
            .map_or_else(|_| too_long(), |cipher| cipher.encrypt(bytes)),
    }
}
