//! Signature blobs.
//!
//! Specs: RFC 4253 §6.6, RFC 5656 §3.1.2, RFC 8332 §3, RFC 8709 §6; OpenSSH `PROTOCOL.u2f`.

use ssh_encoding::Decode as _;
use ssh_key::Signature;

use crate::wire::{Malformed, Reader};

/// Decodes the signature of which `blob` consists. It is not verified.
///
/// # Errors
///
/// The blob is malformed or has bytes left over, or its type is unknown.
pub fn parse(mut blob: &[u8]) -> Result<Signature, Malformed> {
    // `ssh_encoding` makes room for what a length announces, up to 1 MiB, before it looks whether
    // that many bytes are there.
    let mut fields = Reader::new(blob);
    let (_type, _content) = (fields.string()?, fields.string()?);
    let signature = Signature::decode(&mut blob).map_err(|_| Malformed)?;
    blob.is_empty().then_some(signature).ok_or(Malformed)
}

#[cfg(test)]
mod fuzz;
