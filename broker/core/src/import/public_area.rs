//! The public area of a key that may be imported.
//!
//! Specs: TPM 2.0 Part 2, §12.2.4 (TPMT_PUBLIC), TPMS_ECC_PARMS, TPMS_RSA_PARMS,
//! TPMS_KEYEDHASH_PARMS.

use ssh_key::public::{EcdsaPublicKey, KeyData, RsaPublicKey};
use ssh_key::{EcdsaCurve, Mpint};

use super::length::bounded;
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
            ECC => (Holding::Tpm, signing_ecc),
            RSA => (Holding::Tpm, signing_rsa),
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

fn signing_ecc(reader: &mut Reader<'_>) -> Result<Contents, NotImportable> {
    is_null(reader, NotImportable::Symmetric)?;
    let scheme = reader.u16()?;
    if scheme != ECDSA {
        return Err(NotImportable::Scheme);
    }
    let hash = reader.u16()?;
    let curve = reader.u16()?;
    let (curve, its_hash, length) = match curve {
        P256 => (EcdsaCurve::NistP256, SHA256, 32),
        P384 => (EcdsaCurve::NistP384, SHA384, 48),
        P521 => (EcdsaCurve::NistP521, SHA512, 66),
        other => return Err(NotImportable::Curve(other)),
    };
    if hash != its_hash {
        return Err(NotImportable::Scheme);
    }
    is_null(reader, NotImportable::Kdf)?;
    let (x, y) = (reader.sized()?, reader.sized()?);
    if x.len() != length || y.len() != length {
        return Err(NotImportable::Point);
    }
    let point = EcdsaPublicKey::from_sec1_bytes(&[&[SEC1_UNCOMPRESSED], x, y].concat());
    Ok(Contents::Signing {
        algorithm: Algorithm::Ecdsa(curve),
        public: KeyData::Ecdsa(point.map_err(|_| NotImportable::Point)?),
    })
}

fn signing_rsa(reader: &mut Reader<'_>) -> Result<Contents, NotImportable> {
    is_null(reader, NotImportable::Symmetric)?;
    is_null(reader, NotImportable::Scheme)?;
    let bits = reader.u16()?;
    let algorithm =
        Algorithm::from_name_and_bits("ssh-rsa", bits.into()).ok_or(NotImportable::Bits(bits))?;
    match reader.u32()? {
        DEFAULT_EXPONENT | EXPONENT => {}
        other => return Err(NotImportable::Exponent(other)),
    }
    let modulus = reader.sized()?;
    let is_whole = modulus.len() == usize::from(bits / 8)
        && modulus.first().is_some_and(|byte| byte & 0x80 != 0)
        && modulus.last().is_some_and(|byte| byte & 1 != 0);
    if !is_whole {
        return Err(NotImportable::Modulus);
    }
    let number = |bytes| Mpint::from_positive_bytes(bytes).map_err(|_| NotImportable::Modulus);
    Ok(Contents::Signing {
        algorithm,
        public: KeyData::Rsa(RsaPublicKey {
            e: number(&EXPONENT.to_be_bytes())?,
            n: number(modulus)?,
        }),
    })
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

fn is_null(reader: &mut Reader<'_>, error: NotImportable) -> Result<(), NotImportable> {
    match reader.u16()? {
        NULL => Ok(()),
        _ => Err(error),
    }
}

/// Longest public area, in bytes: that of RSA-4096 has 534.
const MAX_BYTES: usize = 600;

// TPM 2.0 Part 2, TPM_ALG_ID.
const RSA: u16 = 0x0001;
const KEYEDHASH: u16 = 0x0008;
const SHA256: u16 = 0x000b;
const SHA384: u16 = 0x000c;
const SHA512: u16 = 0x000d;
const NULL: u16 = 0x0010;
const ECDSA: u16 = 0x0018;
const ECC: u16 = 0x0023;

/// Length of the digest in bytes.
const SHA256_BYTES: usize = 32;

// TPM 2.0 Part 2, TPM_ECC_CURVE.
const P256: u16 = 0x0003;
const P384: u16 = 0x0004;
const P521: u16 = 0x0005;

/// TPM 2.0 Part 2, TPMS_RSA_PARMS: an exponent of zero means [`EXPONENT`].
const DEFAULT_EXPONENT: u32 = 0;
const EXPONENT: u32 = 65537;

/// SEC 1, §2.3.3: a point with both coordinates.
const SEC1_UNCOMPRESSED: u8 = 4;
