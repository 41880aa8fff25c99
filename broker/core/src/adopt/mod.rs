//! Keys that another program made under the parent in this TPM, and kept as a blob.
//!
//! Any user who read a blob can give it, and all blobs have one parent: a record of sshtpm holds
//! such a blob, too. So this takes only the shape that keys of other programs have and those of
//! sshtpm never have. It is parsed before a TPM sees anything of it. The private part is encrypted
//! under the parent, so the broker hands it on unread.
//!
//! Specs: TPM 2.0 Part 2, §12.2.4 (TPMT_PUBLIC); Part 3, §12.2 (TPM2_Load).

mod attributes;
mod error;
mod trial;

#[cfg(test)]
pub(crate) mod examples;
#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;

pub use error::NotAdoptable;
#[cfg(test)]
pub(crate) use trial::DATA as TRIAL_DATA;

use std::fmt;

use ssh_key::public::KeyData;

use crate::import::{
    self, ECC, MAX_PUBLIC_BYTES, MadeBy, NotImportable, RSA, Reader, SHA256, bounded,
};
use crate::key::KeyBlob;
use sshtpm_ssh::algorithm::Algorithm;

/// A key that the parent in this TPM may have made for another program.
#[derive(Clone, PartialEq, Eq)]
pub struct Loadable {
    algorithm: Algorithm,
    key: KeyData,
    protects_pin: bool,
    blob: KeyBlob,
}

impl Loadable {
    /// Checks what a caller gave: a TPMT_PUBLIC, and the contents of a TPM2B_PRIVATE.
    ///
    /// # Errors
    ///
    /// It is not of a key that may be adopted, or too long.
    pub fn new(public: &[u8], private: &[u8]) -> Result<Self, NotAdoptable> {
        bounded("public area", public, MAX_PUBLIC_BYTES)?;
        bounded("private area", private, MAX_PRIVATE_BYTES)?;
        let mut reader = Reader::new(public);
        let kind = reader.u16()?;
        if !matches!(kind, ECC | RSA) {
            return Err(NotImportable::Type(kind).into());
        }
        match reader.u16()? {
            SHA256 => {}
            other => return Err(NotImportable::NameAlgorithm(other).into()),
        }
        let protects_pin = attributes::check(reader.u32()?)?;
        if !reader.sized()?.is_empty() {
            return Err(NotImportable::Policy.into());
        }
        let (algorithm, key) = match kind {
            ECC => import::ecc(&mut reader, MadeBy::Others)?,
            _ => import::rsa(&mut reader)?,
        };
        reader.end()?;
        Ok(Self {
            algorithm,
            key,
            protects_pin,
            blob: KeyBlob {
                public: sized(public)?,
                private: sized(private)?.into(),
            },
        })
    }

    /// Kind and length.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The public key.
    pub fn public_key(&self) -> &KeyData {
        &self.key
    }

    /// Whether the TPM protects a PIN of the key against guessing.
    pub fn protects_pin(&self) -> bool {
        self.protects_pin
    }

    /// What TPM2_Load takes.
    pub fn blob(&self) -> &KeyBlob {
        &self.blob
    }
}

impl fmt::Debug for Loadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Loadable { .. }")
    }
}

/// With two bytes of length before it (TPM2B).
fn sized(bytes: &[u8]) -> Result<Box<[u8]>, NotImportable> {
    let length = u16::try_from(bytes.len()).map_err(|_| NotImportable::Malformed)?;
    Ok([&length.to_be_bytes(), bytes].concat().into())
}

/// Longest private area, in bytes: with all that a TPM may keep of the primes of RSA-4096 it has
/// some 1,500. A record has room for as many.
const MAX_PRIVATE_BYTES: usize = 2046;
