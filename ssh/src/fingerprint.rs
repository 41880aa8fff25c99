//! The name of a key: the SHA-256 of its public key blob, as `ssh-keygen -l` prints it.

use std::fmt;
use std::str::FromStr;

use ssh_key::HashAlg;
use ssh_key::public::KeyData;

/// `SHA256:` and 43 characters of unpadded base64, for 32 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// The fingerprint of `key`.
    pub fn of(key: &KeyData) -> Self {
        Self::from_ssh(key.fingerprint(HashAlg::Sha256))
            .unwrap_or_else(|| unreachable!("a SHA-256 fingerprint was asked for"))
    }

    /// The hash in lower-case hexadecimal: 64 characters that are safe in a file name.
    pub fn to_hex(self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn from_ssh(fingerprint: ssh_key::Fingerprint) -> Option<Self> {
        match fingerprint {
            ssh_key::Fingerprint::Sha256(hash) => Some(Self(hash)),
            _ => None,
        }
    }
}

impl FromStr for Fingerprint {
    type Err = NotAFingerprint;

    fn from_str(text: &str) -> Result<Self, NotAFingerprint> {
        // The canonical text alone, so that one key has one name.
        text.parse::<ssh_key::Fingerprint>()
            .ok()
            .and_then(Self::from_ssh)
            .filter(|parsed| parsed.to_string() == text)
            .ok_or(NotAFingerprint)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        ssh_key::Fingerprint::Sha256(self.0).fmt(f)
    }
}

/// The text is no SHA-256 fingerprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAFingerprint;

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU";

    #[test]
    fn a_fingerprint_reads_as_it_is_written() {
        let parsed: Fingerprint = TEXT.parse().expect("a fingerprint");
        assert_eq!(parsed.to_string(), TEXT);
        assert!(parsed.to_hex().starts_with("e3b0c44298fc1c14"));
    }

    #[test]
    fn what_is_almost_a_fingerprint_is_none() {
        let md5 = "MD5:d4:1d:8c:d9:8f:00:b2:04:e9:80:09:98:ec:f8:42:7e";
        let padded = format!("{TEXT}=");
        let short = &TEXT[..TEXT.len() - 1];
        for text in [
            "",
            "SHA256:",
            md5,
            &padded,
            short,
            &TEXT[7..],
            "SHA512:AAAA",
        ] {
            assert_eq!(text.parse::<Fingerprint>(), Err(NotAFingerprint), "{text}");
        }
    }
}
