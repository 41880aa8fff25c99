//! Public key blobs.
//!
//! Specs: RFC 4253 §6.6, RFC 5656 §3.1, RFC 8709 §4.

use ssh_encoding::{Decode as _, Encode as _};
use ssh_key::Algorithm;
use ssh_key::public::KeyData;

use crate::wire::{Malformed, Reader};

/// Decodes the plain key of which `blob` consists.
///
/// # Errors
///
/// The blob is malformed or has bytes left over; or its type is DSA, which OpenSSH no longer has,
/// or one that `ssh-key` does not verify.
pub fn parse(blob: &[u8]) -> Result<KeyData, Malformed> {
    let (key, rest) = decode(blob)?;
    rest.end()?;
    Ok(key)
}

/// Decodes a plain key at the start of `bytes`, and returns what is behind it, too.
///
/// # Errors
///
/// As for [`parse`].
pub fn decode(bytes: &[u8]) -> Result<(KeyData, Reader<'_>), Malformed> {
    let (mut key, behind) = cut_out(bytes)?;
    let decoded = KeyData::decode(&mut key).map_err(|_| Malformed)?;
    key.is_empty().then_some((decoded, behind)).ok_or(Malformed)
}

/// The bytes of the key, and what is behind it. `ssh_encoding` makes room for what a length
/// announces, up to 1 MiB, before it looks whether that many bytes are there.
fn cut_out(bytes: &[u8]) -> Result<(&[u8], Reader<'_>), Malformed> {
    let mut reader = Reader::new(bytes);
    let algorithm = Algorithm::new(reader.text()?).map_err(|_| Malformed)?;
    for _ in 0..fields(&algorithm).ok_or(Malformed)? {
        reader.string()?;
    }
    let length = bytes.len().checked_sub(reader.rest().len());
    let key = length.and_then(|length| bytes.get(..length));
    Ok((key.ok_or(Malformed)?, reader))
}

/// How many strings and numbers follow the type, each with its length; `None` for a type that is
/// not taken.
///
/// Specs: RFC 4253 §6.6, RFC 5656 §3.1, RFC 8709 §4; OpenSSH `PROTOCOL.u2f` for those of tokens.
fn fields(algorithm: &Algorithm) -> Option<usize> {
    match algorithm {
        Algorithm::Ed25519 => Some(1),
        Algorithm::Ecdsa { .. } | Algorithm::Rsa { .. } | Algorithm::SkEd25519 => Some(2),
        Algorithm::SkEcdsaSha2NistP256 => Some(3),
        _ => None,
    }
}

/// Whether `blob` is the encoding of `key` that this crate would write.
pub fn is_blob_of(blob: &[u8], key: &KeyData) -> bool {
    let mut own = Vec::new();
    key.encode(&mut own).is_ok() && own == blob
}
