//! How the private section is encrypted.
//!
//! Specs: OpenSSH `PROTOCOL.key`, `cipher.c`, and OpenBSD's `bcrypt_pbkdf`.

use ssh_cipher::{Cipher, Tag};
use sshtpm_ssh::text::printable;
use sshtpm_ssh::wire::{Malformed, Reader};
use zeroize::Zeroizing;

use crate::effort::{Bounds, hold};
use crate::error::{Format, KeyFileError};

/// Longest name of a cipher that an error repeats, in bytes: the longest of OpenSSH's has 29.
const MAX_NAME_BYTES: usize = 64;

/// What is needed to decrypt a section, but for the passphrase.
pub(super) struct Encryption {
    cipher: Cipher,
    key_bytes: usize,
    iv_bytes: usize,
    tag: Option<Tag>,
    salt: Vec<u8>,
    rounds: u32,
}

impl Encryption {
    /// Reads the names and options of a container, and the bytes behind the section.
    pub(super) fn read(
        cipher: &str,
        kdf: &str,
        options: &[u8],
        tag: &[u8],
    ) -> Result<Self, KeyFileError> {
        let cipher = Cipher::new(cipher).map_err(|_| unknown(cipher))?;
        let sizes = cipher.key_and_iv_size();
        let (key_bytes, iv_bytes) = sizes.ok_or_else(|| unknown("no cipher"))?;
        if kdf != "bcrypt" {
            return Err(unknown(kdf));
        }
        let damaged = |_: Malformed| KeyFileError::Damaged(Format::OpenSsh);
        let (salt, rounds) = salt_and_rounds(options).map_err(damaged)?;
        let tag = read_tag(cipher, tag).map_err(damaged)?;
        Ok(Self {
            cipher,
            key_bytes,
            iv_bytes,
            tag,
            salt: salt.to_vec(),
            rounds,
        })
    }

    /// Decrypts `section` in place.
    pub(super) fn decrypt(
        &self,
        section: &mut [u8],
        passphrase: &[u8],
        bounds: Bounds,
    ) -> Result<(), KeyFileError> {
        hold("time (rounds of bcrypt)", self.rounds, bounds.bcrypt_rounds)?;
        let mut secret = Zeroizing::new(vec![0; self.key_bytes + self.iv_bytes]);
        let damaged = KeyFileError::Damaged(Format::OpenSsh);
        bcrypt_pbkdf::bcrypt_pbkdf(passphrase, &self.salt, self.rounds, &mut secret)
            .map_err(|_| damaged.clone())?;
        let (key, iv) = secret.split_at(self.key_bytes);
        let decrypted = self.cipher.decrypt(key, iv, section, self.tag);
        decrypted.map_err(|error| match error {
            ssh_cipher::Error::Crypto => KeyFileError::WrongPassphrase,
            _ => damaged,
        })
    }
}

fn salt_and_rounds(options: &[u8]) -> Result<(&[u8], u32), Malformed> {
    let mut reader = Reader::new(options);
    let found = (reader.string()?, reader.uint32()?);
    reader.end()?;
    Ok(found)
}

fn read_tag(cipher: Cipher, bytes: &[u8]) -> Result<Option<Tag>, Malformed> {
    match (cipher.has_tag(), bytes) {
        (true, tag) => Tag::try_from(tag).map(Some).map_err(|_| Malformed),
        (false, []) => Ok(None),
        (false, _) => Err(Malformed),
    }
}

fn unknown(name: &str) -> KeyFileError {
    let short = name.get(..name.len().min(MAX_NAME_BYTES));
    KeyFileError::UnknownEncryption(printable(short.unwrap_or("another cipher")))
}
