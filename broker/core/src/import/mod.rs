//! Keys that come from elsewhere, wrapped for this TPM: what of them may come in.
//!
//! A caller gives what TPM2_Import takes. The public area is parsed before a TPM sees anything of
//! it. The type that comes of this allows only keys that sign for SSH and cannot leave again. A
//! policy binds a key to PCRs that its owner names: which one that is, the TPM's adapter computes.
//! The private part is encrypted for the parent: the broker hands it on unread.
//!
//! Specs: TPM 2.0 Part 1, "Duplication"; Part 3, §13.3 (TPM2_Import).

mod attributes;
mod error;
mod length;
mod parameters;
mod public_area;
mod public_key;
mod reader;
mod trial;

#[cfg(test)]
pub(crate) mod examples;
#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;

pub use error::NotImportable;
pub(crate) use length::bounded;
pub(crate) use parameters::{MadeBy, SHA256, ecc, rsa};
pub use public_area::{Binding, Contents, PublicArea};
pub(crate) use public_area::{ECC, MAX_BYTES as MAX_PUBLIC_BYTES, RSA};
pub(crate) use reader::Reader;
#[cfg(test)]
pub(crate) use trial::DATA as TRIAL_DATA;

use std::fmt;

use ssh_key::public::KeyData;
use sshtpm_ssh::algorithm::Algorithm;
use sshtpm_ssh::pcr::PcrSelection;

/// A key that is wrapped for the parent in this TPM.
#[derive(Clone, PartialEq, Eq)]
pub struct Wrapped {
    public: PublicArea,
    algorithm: Algorithm,
    key: KeyData,
    duplicate: Box<[u8]>,
    secret: Box<[u8]>,
}

impl Wrapped {
    /// Checks what a caller gave: a TPMT_PUBLIC, the contents of a TPM2B_PRIVATE without an inner
    /// wrapper, and those of a TPM2B_ENCRYPTED_SECRET. For a sealed key also its public key: the
    /// blob of an `ssh-ed25519` key (RFC 8709 §4), 51 bytes. And for a key with a policy the PCRs
    /// that this binds it to.
    ///
    /// # Errors
    ///
    /// It is not of a key that may be imported, or too long; or the public key is missing, or not
    /// needed.
    pub fn new(
        public: &[u8],
        duplicate: &[u8],
        secret: &[u8],
        public_key: Option<&[u8]>,
        pcrs: Option<PcrSelection>,
    ) -> Result<Self, NotImportable> {
        bounded("duplicate", duplicate, MAX_DUPLICATE_BYTES)?;
        bounded("secret", secret, MAX_SECRET_BYTES)?;
        let public = PublicArea::parse(public, pcrs)?;
        let (algorithm, key) = public_key::of(public.contents(), public_key)?;
        Ok(Self {
            public,
            algorithm,
            key,
            duplicate: duplicate.into(),
            secret: secret.into(),
        })
    }

    /// The public area.
    pub fn public(&self) -> &PublicArea {
        &self.public
    }

    /// The PCRs that it is bound to.
    pub fn pcrs(&self) -> Option<PcrSelection> {
        self.public.binding().map(|binding| binding.pcrs)
    }

    /// Kind and length.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The public key. That of a sealed key is what the caller says, until a seed signed for it.
    pub fn public_key(&self) -> &KeyData {
        &self.key
    }

    /// The contents of a TPM2B_PRIVATE: the private part, encrypted with a key that `secret` leads
    /// to.
    pub fn duplicate(&self) -> &[u8] {
        &self.duplicate
    }

    /// The contents of a TPM2B_ENCRYPTED_SECRET: a seed that only the parent can find out.
    pub fn secret(&self) -> &[u8] {
        &self.secret
    }
}

impl fmt::Debug for Wrapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wrapped { .. }")
    }
}

/// Longest duplicate, in bytes: that of RSA-4096 with one prime, an authorization value and a seed
/// has 364 (TPM 2.0 Part 2, TPMT_SENSITIVE), and with all that a TPM may keep of the primes some
/// 1,500, as a record may have.
const MAX_DUPLICATE_BYTES: usize = 2046;

/// Longest secret, in bytes: that of an RSA-4096 parent has as many as the modulus; of an elliptic
/// curve it is a point, 136 for P-521.
const MAX_SECRET_BYTES: usize = 512;
