//! A certificate as a line: in `NAME-cert.pub`, and in the broker's records.
//!
//! Specs: OpenSSH `PROTOCOL.certkeys`; sshd(8), "AUTHORIZED_KEYS FILE FORMAT", for type, base64 and
//! comment in a line.

use base64ct::{Base64, Encoding as _};

use super::Certificate;
use crate::wire::{Malformed, Reader};

/// The blob of the certificate in `line`: its type, base64, and perhaps a comment.
///
/// # Errors
///
/// There is no certificate in it, or the type in front is that of another one.
pub fn from_line(line: &str) -> Result<Vec<u8>, Malformed> {
    let mut words = line.split_ascii_whitespace();
    let (name, base64) = words.next().zip(words.next()).ok_or(Malformed)?;
    let blob = Base64::decode_vec(base64).map_err(|_| Malformed)?;
    if Reader::new(&blob).text()? != name {
        return Err(Malformed);
    }
    Certificate::parse(&blob)?;
    Ok(blob)
}

/// The line of the certificate of which `blob` consists, without a comment and a line feed.
///
/// # Errors
///
/// It is not one.
pub fn to_line(blob: &[u8]) -> Result<String, Malformed> {
    Certificate::parse(blob)?;
    let name = Reader::new(blob).text()?;
    Ok(format!("{name} {}", Base64::encode_string(blob)))
}
