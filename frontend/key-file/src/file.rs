//! A key file of any format: read first, opened with its passphrase afterwards.

use ssh_key::public::KeyData;

use crate::armor::{self, Block};
use crate::asn1::{Encrypted, pkcs1, pkcs8, sec1};
use crate::bounds::MAX_FILE_BYTES;
use crate::effort::Bounds;
use crate::error::{KeyFileError, Unsuitable};
use crate::key::PrivateKey;
use crate::openssh::Container;
use crate::putty::Ppk;

/// How a file of SSH version 1 begins.
const SSH1: &[u8] = b"SSH PRIVATE KEY FILE FORMAT 1.1\n";

/// How the types in lines of public key files begin.
const PUBLIC_TYPES: [&[u8]; 6] = [
    b"ssh-",
    b"ecdsa-",
    b"sk-",
    b"---- BEGIN SSH2 PUBLIC KEY",
    b"-----BEGIN PUBLIC KEY",
    b"-----BEGIN RSA PUBLIC KEY",
];

/// A file with a private key that may still be encrypted. Its memory is wiped.
#[derive(Debug)]
pub struct KeyFile(Body);

#[derive(Debug)]
enum Body {
    /// It was not encrypted.
    Open(Box<PrivateKey>),
    OpenSsh(Container),
    Pkcs8(Encrypted),
    Putty(Ppk),
}

impl KeyFile {
    /// Reads what can be read without a passphrase.
    ///
    /// # Errors
    ///
    /// The file is too long, damaged, of another format, or has a key that cannot be kept.
    pub fn read(file: &[u8]) -> Result<Self, KeyFileError> {
        if file.len() > MAX_FILE_BYTES {
            return Err(KeyFileError::TooLong);
        }
        if file.starts_with(SSH1) {
            return Err(Unsuitable::Ssh1.into());
        }
        if Ppk::is_one(file) {
            return Ppk::read(file).map(Body::Putty).map(Self);
        }
        match armor::private_block(file)? {
            Some(block) => Self::of_block(&block),
            None => Err(without_private_key(file)),
        }
    }

    fn of_block(block: &Block<'_>) -> Result<Self, KeyFileError> {
        if block.has_headers {
            return Err(KeyFileError::OldEncryption("a PEM file with DEK-Info"));
        }
        let bytes = &block.bytes;
        let body = match block.label {
            "OPENSSH PRIVATE KEY" => Body::OpenSsh(Container::read(bytes)?),
            "ENCRYPTED PRIVATE KEY" => Body::Pkcs8(Encrypted::read(bytes)?),
            "PRIVATE KEY" => Body::open(pkcs8(bytes)?),
            "RSA PRIVATE KEY" => Body::open(pkcs1(bytes)?),
            "EC PRIVATE KEY" => Body::open(sec1(bytes, None)?),
            "DSA PRIVATE KEY" => return Err(Unsuitable::Dsa.into()),
            "TSS2 PRIVATE KEY" => return Err(Unsuitable::Tss2.into()),
            _ => return Err(KeyFileError::NoPrivateKey),
        };
        Ok(Self(body))
    }

    /// Whether [`Self::open`] needs a passphrase.
    pub fn is_encrypted(&self) -> bool {
        match &self.0 {
            Body::Open(_) => false,
            Body::OpenSsh(container) => container.is_encrypted(),
            Body::Pkcs8(_) => true,
            Body::Putty(ppk) => ppk.is_encrypted(),
        }
    }

    /// The public half, if the file shows it without a passphrase.
    pub fn public(&self) -> Option<KeyData> {
        match &self.0 {
            Body::Open(key) => Some(key.private.public()),
            Body::OpenSsh(container) => Some(container.public().clone()),
            Body::Pkcs8(_) => None,
            Body::Putty(ppk) => Some(ppk.public().clone()),
        }
    }

    /// Decrypts the key with `passphrase`, which a file that is not encrypted leaves alone. This
    /// computes for a while: up to half a minute, where the file asks for it.
    ///
    /// # Errors
    ///
    /// The passphrase is missing or wrong, the file asks for too much work, is damaged, or has a
    /// key that cannot be kept.
    pub fn open(&self, passphrase: &[u8]) -> Result<PrivateKey, KeyFileError> {
        self.open_within(passphrase, Bounds::USUAL)
    }

    /// As [`Self::open`], within other bounds.
    pub(crate) fn open_within(
        &self,
        passphrase: &[u8],
        bounds: Bounds,
    ) -> Result<PrivateKey, KeyFileError> {
        if self.is_encrypted() && passphrase.is_empty() {
            return Err(KeyFileError::PassphraseNeeded);
        }
        match &self.0 {
            Body::Open(key) => Ok(PrivateKey::clone(key)),
            Body::OpenSsh(container) => container.open(passphrase, bounds),
            Body::Pkcs8(encrypted) => encrypted.open(passphrase, bounds),
            Body::Putty(ppk) => ppk.open(passphrase, bounds),
        }
    }
}

impl Body {
    fn open(key: PrivateKey) -> Self {
        Self::Open(Box::new(key))
    }
}

fn without_private_key(file: &[u8]) -> KeyFileError {
    let mut lines = file
        .split(|byte| *byte == b'\n')
        .map(<[u8]>::trim_ascii_start);
    let is_public = |line: &[u8]| PUBLIC_TYPES.iter().any(|start| line.starts_with(start));
    match lines.any(is_public) {
        true => KeyFileError::PublicKey,
        false => KeyFileError::NoPrivateKey,
    }
}
