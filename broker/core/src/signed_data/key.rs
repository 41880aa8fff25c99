//! Public keys inside of data: whether they are the key that is to sign, plain or certified.
//!
//! Specs: RFC 4253 §6.6 (key blobs); OpenSSH `PROTOCOL.certkeys`.

use ssh_encoding::{Decode as _, Encode as _};
use ssh_key::public::KeyData;

use super::wire::{Malformed, Wire};

/// The key that is asked to sign.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signer<'a> {
    key: &'a KeyData,
}

impl<'a> Signer<'a> {
    pub(crate) fn new(key: &'a KeyData) -> Self {
        Self { key }
    }

    pub(super) fn key(self) -> &'a KeyData {
        self.key
    }

    /// Whether `blob` is this key, encoded as this broker would do it.
    pub(super) fn is(self, blob: &[u8]) -> bool {
        let mut own = Vec::new();
        self.key.encode(&mut own).is_ok() && own == blob
    }
}

/// A plain key at the start of `bytes`, and what is behind it. DSA is none, and neither is a type
/// that nobody here knows.
pub(crate) fn decode(mut bytes: &[u8]) -> Result<(KeyData, Wire<'_>), Malformed> {
    match KeyData::decode(&mut bytes) {
        Ok(KeyData::Other(_) | KeyData::Dsa(_)) | Err(_) => Err(Malformed),
        Ok(key) => Ok((key, Wire::new(bytes))),
    }
}
