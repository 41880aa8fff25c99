//! A `.ppk` file.

use std::fmt;

use ssh_key::public::KeyData;
use zeroize::Zeroizing;

use super::encryption::{Keys, Protection};
use super::fields::{Fields, damaged};
use super::private;
use crate::effort::Bounds;
use crate::error::{Format, KeyFileError};
use crate::key::PrivateKey;
use crate::public;

/// How every version begins.
const START: &[u8] = b"PuTTY-User-Key-File-";

/// The cipher of a file that is encrypted.
const CIPHER: &str = "aes256-cbc";

/// A key in PuTTY's format that may be encrypted.
pub(crate) struct Ppk {
    algorithm: String,
    is_encrypted: bool,
    comment: Vec<u8>,
    public_blob: Zeroizing<Vec<u8>>,
    public: KeyData,
    protection: Protection,
    private: Zeroizing<Vec<u8>>,
    mac: Vec<u8>,
}

impl Ppk {
    /// Whether `file` begins as one.
    pub(crate) fn is_one(file: &[u8]) -> bool {
        file.starts_with(START)
    }

    /// Reads the lines of a file.
    ///
    /// # Errors
    ///
    /// They are damaged, of another version, or the key cannot be kept.
    pub(crate) fn read(file: &[u8]) -> Result<Self, KeyFileError> {
        let is_three = match file.get(START.len()) {
            Some(b'2') => false,
            Some(b'3') => true,
            Some(b'1') => return Err(KeyFileError::OldEncryption("version 1 of PuTTY's format")),
            _ => return Err(KeyFileError::NoPrivateKey),
        };
        let name = format!("PuTTY-User-Key-File-{}", if is_three { 3 } else { 2 });
        let mut fields = Fields::new(file);
        let algorithm = fields.text(&name)?.to_owned();
        let is_encrypted = match fields.text("Encryption")? {
            "none" => false,
            CIPHER => true,
            _ => return Err(KeyFileError::UnknownEncryption("another cipher".into())),
        };
        let comment = fields.value("Comment")?.to_vec();
        let public_blob = fields.base64("Public-Lines")?;
        let public = public::parse(&public_blob, Format::Putty)?;
        let protection = match (is_three, is_encrypted) {
            (false, _) => Protection::Two,
            (true, false) => Protection::Three,
            (true, true) => Protection::read_argon2(&mut fields)?,
        };
        Ok(Self {
            algorithm,
            is_encrypted,
            comment,
            public_blob,
            public,
            protection,
            private: fields.base64("Private-Lines")?,
            mac: fields.hex("Private-MAC")?,
        })
    }

    pub(crate) fn is_encrypted(&self) -> bool {
        self.is_encrypted
    }

    pub(crate) fn public(&self) -> &KeyData {
        &self.public
    }

    /// Decrypts the private key, and verifies that nobody changed the file.
    ///
    /// # Errors
    ///
    /// The passphrase is wrong, the work too much, or the contents are damaged.
    pub(crate) fn open(
        &self,
        passphrase: &[u8],
        bounds: Bounds,
    ) -> Result<PrivateKey, KeyFileError> {
        let passphrase = if self.is_encrypted { passphrase } else { &[] };
        let keys = self.protection.keys(passphrase, bounds)?;
        let mut plain = self.private.clone();
        if self.is_encrypted {
            keys.decrypt(&mut plain)?;
        }
        if !self.is_whole(&keys, &plain) {
            return Err(match self.is_encrypted {
                true => KeyFileError::WrongPassphrase,
                false => damaged(),
            });
        }
        let private = private::read(&self.public, &plain, self.is_encrypted)?;
        if private.public() != self.public {
            return Err(KeyFileError::Mismatch);
        }
        Ok(PrivateKey {
            private,
            comment: String::from_utf8_lossy(&self.comment).into_owned(),
        })
    }

    fn is_whole(&self, keys: &Keys, plain: &[u8]) -> bool {
        let encryption = if self.is_encrypted { CIPHER } else { "none" };
        let parts = [
            self.algorithm.as_bytes(),
            encryption.as_bytes(),
            &self.comment,
            &self.public_blob,
            plain,
        ];
        match self.protection {
            Protection::Two => keys.fit_sha1(&parts, &self.mac),
            Protection::Three | Protection::Argon2 { .. } => keys.fit_sha256(&parts, &self.mac),
        }
    }
}

impl fmt::Debug for Ppk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ppk({})", self.is_encrypted)
    }
}
