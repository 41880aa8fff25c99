//! Public keys inside of data: whether they are the key that is to sign, plain or certified.
//!
//! Specs: RFC 4253 §6.6 (key blobs); OpenSSH `PROTOCOL.certkeys`.

use ssh_key::public::KeyData;
use sshtpm_ssh::key::is_blob_of;

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
        is_blob_of(blob, self.key)
    }
}
