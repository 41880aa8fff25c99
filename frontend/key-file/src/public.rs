//! The public keys that stand beside private ones in files of OpenSSH and PuTTY.
//!
//! Specs: RFC 4253 §6.6, RFC 5656 §3.1, RFC 8709 §4; OpenSSH `PROTOCOL.u2f`.

use ssh_key::public::KeyData;
use sshtpm_ssh::key;
use sshtpm_ssh::text::printable;
use sshtpm_ssh::wire::Reader;

use crate::error::{Format, KeyFileError, Unsuitable};

/// Longest name of a type that an error repeats, in bytes: the longest of OpenSSH's has 47.
const MAX_TYPE_BYTES: usize = 64;

/// Decodes the public key `blob` of a file of this format.
pub(crate) fn parse(blob: &[u8], format: Format) -> Result<KeyData, KeyFileError> {
    let damaged = KeyFileError::Damaged(format);
    let name = Reader::new(blob).text().map_err(|_| damaged.clone())?;
    match name {
        "ssh-rsa" | "ssh-ed25519" => {}
        "ecdsa-sha2-nistp256" | "ecdsa-sha2-nistp384" | "ecdsa-sha2-nistp521" => {}
        _ => return Err(refused(name).into()),
    }
    key::parse(blob).map_err(|_| damaged)
}

fn refused(name: &str) -> Unsuitable {
    if name.starts_with("sk-") {
        return Unsuitable::SecurityKey;
    }
    match name {
        "ssh-dss" => Unsuitable::Dsa,
        _ if name.len() > MAX_TYPE_BYTES => Unsuitable::Type("an unknown name".to_owned()),
        _ => Unsuitable::Type(printable(name)),
    }
}
