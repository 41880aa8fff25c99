//! The public area of a key that may be imported.
//!
//! Specs: TPM 2.0 Part 2, §12.2.4 (TPMT_PUBLIC), TPMS_ECC_PARMS, TPMS_RSA_PARMS,
//! TPMS_KEYEDHASH_PARMS.

use ssh_key::public::KeyData;

use super::length::bounded;
use super::parameters::{self, MadeBy, SHA256, is_null};
use super::reader::Reader;
use super::{NotImportable, attributes};
use crate::key::{Holding, Protection};
use sshtpm_ssh::algorithm::Algorithm;
use sshtpm_ssh::pcr::PcrSelection;

/// The public area of a key that may be imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicArea {
    bytes: Box<[u8]>,
    contents: Contents,
    protection: Protection,
    binding: Option<Binding>,
}

/// What a key is bound to: nothing but its policy lets it sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The PCRs, by the word of the caller.
    pub pcrs: PcrSelection,
    /// The `authPolicy`: SHA-256, 32 bytes. Whether it is of those PCRs is not known yet.
    pub policy: [u8; SHA256_BYTES],
}

/// What may be imported, by what the public area says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contents {
    /// A key with which the TPM signs.
    Signing {
        /// Kind and length.
        algorithm: Algorithm,
        /// The public key.
        public: KeyData,
    },
    /// A sealed object. Its area does not tell what is in it.
    Sealed,
}

impl PublicArea {
    /// Parses a TPMT_PUBLIC, of a key that is bound to these PCRs if there are any.
    ///
    /// # Errors
    ///
    /// It is not that of a key that may be imported.
    pub fn parse(bytes: &[u8], pcrs: Option<PcrSelection>) -> Result<Self, NotImportable> {
        bounded("public area", bytes, MAX_BYTES)?;
        let mut reader = Reader::new(bytes);
        type Kind = fn(&mut Reader<'_>) -> Result<Contents, NotImportable>;
        let (holding, kind): (_, Kind) = match reader.u16()? {
            ECC => (Holding::Tpm, |reader| {
                parameters::ecc(reader, MadeBy::Us).map(signing)
            }),
            RSA => (Holding::Tpm, |reader| parameters::rsa(reader).map(signing)),
            KEYEDHASH => (Holding::Sealed, sealed),
            other => return Err(NotImportable::Type(other)),
        };
        match reader.u16()? {
            SHA256 => {}
            other => return Err(NotImportable::NameAlgorithm(other)),
        }
        let attributes = reader.u32()?;
        let binding = binding(reader.sized()?, pcrs)?;
        let protection = attributes::check(attributes, holding, binding.is_some())?;
        let contents = kind(&mut reader)?;
        reader.end()?;
        Ok(Self {
            bytes: bytes.into(),
            contents,
            protection,
            binding,
        })
    }

    /// The TPMT_PUBLIC.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What it is of.
    pub fn contents(&self) -> &Contents {
        &self.contents
    }

    /// Whether the key has a PIN: then noDA is clear.
    pub fn protection(&self) -> Protection {
        self.protection
    }

    /// What the key is bound to, if it is.
    pub fn binding(&self) -> Option<&Binding> {
        self.binding.as_ref()
    }

    /// What holds the private part.
    pub fn holding(&self) -> Holding {
        match self.contents {
            Contents::Signing { .. } => Holding::Tpm,
            Contents::Sealed => Holding::Sealed,
        }
    }
}

fn signing((algorithm, public): (Algorithm, KeyData)) -> Contents {
    Contents::Signing { algorithm, public }
}

fn binding(policy: &[u8], pcrs: Option<PcrSelection>) -> Result<Option<Binding>, NotImportable> {
    match (policy, pcrs) {
        ([], None) => Ok(None),
        ([], Some(_)) => Err(NotImportable::NoPolicy),
        (_, None) => Err(NotImportable::Policy),
        (policy, Some(pcrs)) => {
            let policy = policy.try_into().map_err(|_| NotImportable::Policy)?;
            Ok(Some(Binding { pcrs, policy }))
        }
    }
}

/// TPM 2.0 Part 1, "Public Area": its `unique` field is a digest of what is sealed and of a random
/// number that hides it.
fn sealed(reader: &mut Reader<'_>) -> Result<Contents, NotImportable> {
    is_null(reader, NotImportable::Scheme)?;
    match reader.sized()?.len() {
        SHA256_BYTES => Ok(Contents::Sealed),
        other => Err(NotImportable::Unique(other)),
    }
}

/// Longest public area, in bytes: that of RSA-4096 has 534.
pub(crate) const MAX_BYTES: usize = 600;

// TPM 2.0 Part 2, TPM_ALG_ID.
pub(crate) const RSA: u16 = 0x0001;
const KEYEDHASH: u16 = 0x0008;
pub(crate) const ECC: u16 = 0x0023;

/// Length of the digest in bytes.
const SHA256_BYTES: usize = 32;
