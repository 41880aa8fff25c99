//! The outer wrapper of a duplicate. There is no inner one.
//!
//! Specs: TPM 2.0 Part 1, "Outer Duplication Wrapper"; Part 3, `TPM2_Import`.

use rand_core::CryptoRngCore;
use sshtpm_key_file::PrivatePart;
use sshtpm_ssh::limits::MAX_PIN_BYTES;
use sshtpm_tpm2::kdf::Hash;
use sshtpm_tpm2::{Purpose, ids};

use crate::error::NotWrapped;
use crate::parent::Parent;
use crate::sensitive::SealedSeed;
use crate::{area, sensitive};

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
    let private = sensitive::of(key, pin_bytes, &sealed);
    let name_digest = Hash::Sha256.digest(&[&public]);
    let name = [&ids::SHA256.to_be_bytes()[..], &name_digest].concat();
    let protected = parent
        .0
        .protect(Purpose::Duplicate, &name, private, random)?;
    Ok(Duplicate {
        public,
        duplicate: protected.blob,
        secret: protected.secret,
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
