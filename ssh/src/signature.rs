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
    check_lengths(blob)?;
    let signature = Signature::decode(&mut blob).map_err(|_| Malformed)?;
    blob.is_empty().then_some(signature).ok_or(Malformed)
}

/// `ssh_encoding` makes room for what a length announces, up to 1 MiB, before it looks whether that
/// many bytes are there.
fn check_lengths(blob: &[u8]) -> Result<(), Malformed> {
    let mut fields = Reader::new(blob);
    let (algorithm, content) = (fields.text()?, fields.string()?);
    if algorithm.contains(OF_TWO_NUMBERS) {
        let mut numbers = Reader::new(content);
        let (_r, _s) = (numbers.string()?, numbers.string()?);
        numbers.end()?;
    }
    Ok(())
}

/// In the names of algorithms whose signatures are two numbers, each with its length.
const OF_TWO_NUMBERS: &str = "ecdsa";

#[cfg(test)]
mod fuzz;
