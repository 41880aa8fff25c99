//! Fingerprints as OpenSSH wrote them before 6.8, and as some web pages still do: MD5 in
//! hexadecimal. They name a key that is there already; nothing is trusted because of one.
//!
//! Source: ssh-keygen(1), `-E md5`.

use std::str::FromStr;

use md5::{Digest, Md5};
use ssh_key::PublicKey;
use sshtpm_dbus::KeyInfo;

/// Bytes of a hash.
const BYTES: usize = 16;

/// `MD5:` and sixteen bytes in hexadecimal with colons between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Md5Fingerprint([u8; BYTES]);

/// The text is no MD5 fingerprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotMd5;

impl Md5Fingerprint {
    /// Whether it is that of `key`.
    pub(crate) fn is_of(self, key: &KeyInfo) -> bool {
        let public = PublicKey::from_openssh(&key.public_key);
        let blob = public.and_then(|public| public.to_bytes());
        blob.is_ok_and(|blob| <[u8; BYTES]>::from(Md5::digest(blob)) == self.0)
    }
}

impl FromStr for Md5Fingerprint {
    type Err = NotMd5;

    fn from_str(text: &str) -> Result<Self, NotMd5> {
        let digits = text.strip_prefix("MD5:").unwrap_or(text);
        let is_byte = |pair: &str| pair.len() == 2 && pair.bytes().all(|b| b.is_ascii_hexdigit());
        let byte = |pair: &str| match is_byte(pair) {
            true => u8::from_str_radix(pair, 16).map_err(|_| NotMd5),
            false => Err(NotMd5),
        };
        let bytes: Vec<u8> = digits.split(':').map(byte).collect::<Result<_, _>>()?;
        bytes.try_into().map(Self).map_err(|_| NotMd5)
    }
}

#[cfg(test)]
mod tests {
    use super::{Md5Fingerprint, NotMd5};

    #[test]
    fn only_sixteen_bytes_with_colons_are_a_fingerprint() {
        let whole = ["0f"; 16].join(":");
        assert!(whole.parse::<Md5Fingerprint>().is_ok());
        for wrong in [
            "",
            "0f",
            &whole[3..],
            &format!("{whole}:00"),
            &whole.replace('0', "+"),
        ] {
            assert_eq!(wrong.parse::<Md5Fingerprint>(), Err(NotMd5), "{wrong}");
        }
    }
}
