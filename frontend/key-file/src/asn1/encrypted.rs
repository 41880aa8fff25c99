//! PKCS #8 that is encrypted, `ENCRYPTED PRIVATE KEY`.
//!
//! Specs: RFC 5958 §3, RFC 8018 §6.2 (PBES2), RFC 7914 (scrypt).

use std::fmt;

use ::pkcs8::EncryptedPrivateKeyInfo;
use ::pkcs8::pkcs5::EncryptionScheme;
use ::pkcs8::pkcs5::pbes2::{Kdf, PBES2_OID, Pbkdf2Params, ScryptParams};
use ::pkcs8::spki::AlgorithmIdentifierRef;
use der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef};
use der::{Decode as _, Reader as _};
use zeroize::Zeroizing;

use super::pkcs8::pkcs8;
use crate::effort::{Bounds, hold};
use crate::error::{Format, KeyFileError};
use crate::key::PrivateKey;

/// An encrypted PKCS #8 key that parses. Its bytes are kept, because the parsed form borrows them.
pub(crate) struct Encrypted(Zeroizing<Vec<u8>>);

impl Encrypted {
    /// Reads the contents of a PEM block.
    ///
    /// # Errors
    ///
    /// They are damaged, or encrypted in a way that is not read.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, KeyFileError> {
        let scheme = scheme_of(bytes).map_err(|_| damaged())?;
        if scheme != PBES2_OID {
            return Err(other_scheme(scheme));
        }
        match EncryptedPrivateKeyInfo::from_der(bytes) {
            Ok(_) => Ok(Self(Zeroizing::new(bytes.to_vec()))),
            Err(_) => Err(KeyFileError::UnknownEncryption(
                "PBES2 of another kind".into(),
            )),
        }
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
        let info = EncryptedPrivateKeyInfo::from_der(&self.0).map_err(|_| damaged())?;
        let EncryptionScheme::Pbes2(parameters) = &info.encryption_algorithm else {
            return Err(KeyFileError::OldEncryption("PBES1"));
        };
        match &parameters.kdf {
            Kdf::Pbkdf2(kdf) => hold_pbkdf2(kdf, bounds),
            Kdf::Scrypt(kdf) => hold_scrypt(kdf, bounds),
            _ => Err(damaged()),
        }?;
        let plain = info
            .decrypt(passphrase)
            .map_err(|_| KeyFileError::WrongPassphrase)?;
        // One wrong passphrase in 256 leaves padding that seems right.
        match pkcs8(plain.as_bytes()) {
            Err(KeyFileError::Damaged(Format::Pkcs8)) => Err(KeyFileError::WrongPassphrase),
            read => read,
        }
    }
}

/// How it is encrypted. The outer form alone is read, because `pkcs8` knows few ways.
fn scheme_of(bytes: &[u8]) -> der::Result<ObjectIdentifier> {
    AnyRef::from_der(bytes)?.sequence(|reader| {
        let scheme: AlgorithmIdentifierRef<'_> = reader.decode()?;
        let _data: OctetStringRef<'_> = reader.decode()?;
        Ok(scheme.oid)
    })
}

fn hold_pbkdf2(kdf: &Pbkdf2Params<'_>, bounds: Bounds) -> Result<(), KeyFileError> {
    let most = bounds.pbkdf2_iterations;
    hold("time (iterations of PBKDF2)", kdf.iteration_count, most)
}

fn hold_scrypt(kdf: &ScryptParams<'_>, bounds: Bounds) -> Result<(), KeyFileError> {
    let blocks = kdf.cost_parameter.saturating_mul(u64::from(kdf.block_size));
    let bytes = blocks.saturating_mul(128);
    hold("memory (bytes for scrypt)", bytes, bounds.memory_bytes)?;
    let all = blocks.saturating_mul(u64::from(kdf.parallelization));
    hold("time (blocks of scrypt)", all, bounds.scrypt_blocks)
}

fn other_scheme(scheme: ObjectIdentifier) -> KeyFileError {
    // The arcs of PKCS #5 (PBES1) and of PKCS #12.
    let old = ["1.2.840.113549.1.5.", "1.2.840.113549.1.12.1."];
    let text = scheme.to_string();
    match old.iter().any(|arc| text.starts_with(arc)) {
        true => KeyFileError::OldEncryption("PBES1"),
        false => KeyFileError::UnknownEncryption(text),
    }
}

fn damaged() -> KeyFileError {
    KeyFileError::Damaged(Format::Pkcs8)
}

impl fmt::Debug for Encrypted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Encrypted")
    }
}
