//! The container: a public key, and a section with the private key that may be encrypted.

use std::fmt;

use ssh_key::public::KeyData;
use sshtpm_ssh::wire::{Malformed, Reader};
use zeroize::Zeroizing;

use super::cipher::Encryption;
use super::section;
use crate::effort::Bounds;
use crate::error::{Format, KeyFileError};
use crate::key::PrivateKey;
use crate::public;

/// How the contents begin.
pub(super) const MAGIC: &[u8] = b"openssh-key-v1\0";

/// A key in OpenSSH's format that may be encrypted.
pub(crate) struct Container {
    encryption: Option<Encryption>,
    public: KeyData,
    section: Zeroizing<Vec<u8>>,
}

/// The fields of the container.
struct Fields<'a> {
    cipher: &'a str,
    kdf: &'a str,
    kdf_options: &'a [u8],
    keys: u32,
    public: &'a [u8],
    section: &'a [u8],
    tag: &'a [u8],
}

impl Container {
    /// Reads the contents of a PEM block.
    ///
    /// # Errors
    ///
    /// They are damaged, or the key cannot be kept.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, KeyFileError> {
        let damaged = |_: Malformed| KeyFileError::Damaged(Format::OpenSsh);
        let fields = Fields::read(bytes).map_err(damaged)?;
        if fields.keys != 1 {
            return Err(KeyFileError::SeveralKeys(fields.keys));
        }
        let public = public::parse(fields.public, Format::OpenSsh)?;
        let encryption = match (fields.cipher, fields.kdf) {
            ("none", "none") => None,
            (cipher, kdf) => Some(Encryption::read(
                cipher,
                kdf,
                fields.kdf_options,
                fields.tag,
            )?),
        };
        let section = Zeroizing::new(fields.section.to_vec());
        Ok(Self {
            encryption,
            public,
            section,
        })
    }

    pub(crate) fn is_encrypted(&self) -> bool {
        self.encryption.is_some()
    }

    pub(crate) fn public(&self) -> &KeyData {
        &self.public
    }

    /// Decrypts the private key.
    ///
    /// # Errors
    ///
    /// The passphrase is wrong, the work too much, or the contents are damaged.
    pub(crate) fn open(
        &self,
        passphrase: &[u8],
        bounds: Bounds,
    ) -> Result<PrivateKey, KeyFileError> {
        let key = match &self.encryption {
            None => section::read(&self.section, KeyFileError::Damaged(Format::OpenSsh)),
            Some(encryption) => {
                let mut plain = self.section.clone();
                encryption.decrypt(&mut plain, passphrase, bounds)?;
                section::read(&plain, KeyFileError::WrongPassphrase)
            }
        }?;
        match key.private.public() == self.public {
            true => Ok(key),
            false => Err(KeyFileError::Mismatch),
        }
    }
}

impl<'a> Fields<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes.strip_prefix(MAGIC).ok_or(Malformed)?);
        Ok(Self {
            cipher: reader.text()?,
            kdf: reader.text()?,
            kdf_options: reader.string()?,
            keys: reader.uint32()?,
            public: reader.string()?,
            section: reader.string()?,
            tag: reader.rest(),
        })
    }
}

impl fmt::Debug for Container {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Container({})", self.is_encrypted())
    }
}
