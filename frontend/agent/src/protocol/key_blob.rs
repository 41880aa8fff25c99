//! Names of the keys that messages carry.

use ssh_key::PublicKey;
use ssh_key::public::KeyData;
use sshtpm_ssh::fingerprint::Fingerprint;
use sshtpm_ssh::identity::Identity;

/// The name of the key: `SHA256:` and 43 characters of base64.
pub(super) fn fingerprint(key: &KeyData) -> String {
    Fingerprint::of(key).to_string()
}

/// The blob of the plain key in `blob`, which is that or a certificate; `None` if it is neither.
pub(super) fn plain(blob: &[u8]) -> Option<Vec<u8>> {
    let key = Identity::parse(blob).ok()?.into_key();
    PublicKey::from(key).to_bytes().ok()
}

/// The name of a host's key; `None` if `blob` is not a key or certificate of a host.
pub(crate) fn host_fingerprint(blob: &[u8]) -> Option<String> {
    let host = Identity::of_host(blob).ok()?;
    Some(fingerprint(host.key()))
}

#[cfg(test)]
mod tests {
    use sshtpm_ssh::identity::Identity;

    use super::fingerprint;
    use crate::protocol::fake_keys;

    #[test]
    fn a_certificate_has_the_name_of_its_plain_key() {
        for blob in [fake_keys::blob(), fake_keys::certificate_blob()] {
            let identity = Identity::parse(&blob).unwrap();
            assert_eq!(fingerprint(identity.key()), fake_keys::fingerprint());
        }
    }
}
