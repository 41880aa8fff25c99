//! Public keys as messages carry them.
//!
//! Certificates are taken apart here: ssh-key 0.6 does not decode one that is valid for ever,
//! which is what `ssh-keygen -s` makes unless it is told otherwise.
//!
//! Specs: RFC 4253 §6.6, RFC 5656 §3.1, RFC 8709 §4; OpenSSH `PROTOCOL.certkeys`.

use ssh_agent_lib::ssh_encoding::{Decode, Encode};
use ssh_key::public::KeyData;
use ssh_key::{Algorithm, HashAlg};

use super::fields::{Fields, Malformed};

/// Decodes the key of `blob`, which is a plain key or a certificate and is used up by it. For a
/// certificate that is the key it certifies, as it is that one which signs. Whether a certificate
/// holds is for those to decide who accept it.
///
/// # Errors
///
/// The blob is malformed, or of a type that nothing here can verify or sign with.
pub(super) fn parse(blob: &[u8]) -> Result<KeyData, Malformed> {
    let mut fields = Fields::new(blob);
    let name = std::str::from_utf8(fields.string()?).map_err(|_| Malformed)?;
    match Algorithm::new_certificate(name) {
        Ok(algorithm) => certified(algorithm, fields),
        Err(_) => {
            let (key, rest) = decode(blob)?;
            Fields::new(rest).end()?;
            Ok(key)
        }
    }
}

/// The name of the key: `SHA256:` and 43 characters of base64.
pub(super) fn fingerprint(key: &KeyData) -> String {
    key.fingerprint(HashAlg::Sha256).to_string()
}

/// The name of a host's key; `None` if `blob` is none.
pub(crate) fn host_fingerprint(blob: &[u8]) -> Option<String> {
    parse(blob).ok().map(|key| fingerprint(&key))
}

/// The key in a certificate, whose `fields` after the name are left: a nonce, the fields of the
/// plain key, then those of the certificate.
fn certified(algorithm: Algorithm, mut fields: Fields<'_>) -> Result<KeyData, Malformed> {
    fields.string()?;
    let mut plain = Vec::new();
    let name = algorithm.as_str();
    name.encode(&mut plain).map_err(|_| Malformed)?;
    plain.extend_from_slice(fields.rest());
    let (key, rest) = decode(&plain)?;
    check_certificate(Fields::new(rest))?;
    Ok(key)
}

fn check_certificate(mut fields: Fields<'_>) -> Result<(), Malformed> {
    let _serial = fields.uint64()?;
    let _kind = fields.uint32()?;
    let _key_id = fields.string()?;
    let _principals = fields.string()?;
    let _valid_after = fields.uint64()?;
    let _valid_before = fields.uint64()?;
    let _critical_options = fields.string()?;
    let _extensions = fields.string()?;
    let _reserved = fields.string()?;
    let _signature_key = fields.string()?;
    let _signature = fields.string()?;
    fields.end()
}

/// A plain key at the start of `bytes`, and what is behind it.
fn decode(mut bytes: &[u8]) -> Result<(KeyData, &[u8]), Malformed> {
    match KeyData::decode(&mut bytes) {
        Ok(KeyData::Other(_)) | Err(_) => Err(Malformed),
        Ok(key) => Ok((key, bytes)),
    }
}

#[cfg(test)]
mod tests {
    use super::{fingerprint, parse};
    use crate::protocol::fake_keys::{self, string};
    use crate::protocol::fields::Malformed;

    #[test]
    fn a_certificate_has_the_name_of_its_plain_key() {
        for blob in [fake_keys::blob(), fake_keys::certificate_blob()] {
            assert_eq!(
                fingerprint(&parse(&blob).unwrap()),
                fake_keys::fingerprint()
            );
        }
    }

    #[test]
    fn a_blob_cut_off_anywhere_is_malformed() {
        for blob in [fake_keys::blob(), fake_keys::certificate_blob()] {
            for end in 0..blob.len() {
                assert_eq!(parse(&blob[..end]), Err(Malformed), "{end}");
            }
        }
    }

    #[test]
    fn a_foreign_type_is_malformed() {
        for name in ["foreign@example.com", "foreign-cert-v01@example.com"] {
            let blob = [string(name.as_bytes()), string(b"x"), string(b"y")].concat();
            assert_eq!(parse(&blob), Err(Malformed));
        }
    }
}
