//! Public key blobs.
//!
//! Specs: RFC 4253 §6.6, RFC 5656 §3.1, RFC 8709 §4.

use ssh_encoding::{Decode as _, Encode as _};
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
pub fn decode(mut bytes: &[u8]) -> Result<(KeyData, Reader<'_>), Malformed> {
    match KeyData::decode(&mut bytes) {
        Ok(KeyData::Other(_) | KeyData::Dsa(_)) | Err(_) => Err(Malformed),
        Ok(key) => Ok((key, Reader::new(bytes))),
    }
}

/// Whether `blob` is the encoding of `key` that this crate would write.
pub fn is_blob_of(blob: &[u8], key: &KeyData) -> bool {
    let mut own = Vec::new();
    key.encode(&mut own).is_ok() && own == blob
}
