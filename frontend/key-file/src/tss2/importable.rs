//! A key that was wrapped for one TPM, which has to import it.
//!
//! The form has no place for two things that the other machine needs, so they follow as blocks of
//! their own, which other readers skip: the public key of an Ed25519 key, which a sealed object does
//! not tell, as a `PUBLIC KEY`; and the public area of the parent for which the key was wrapped, as
//! `sshtpm parent` prints it.
//!
//! Specs: ASN.1 Specification for TPM 2.0 Key Files, §3.1.4 and §3.1.7; RFC 8410 §4 (Ed25519).

use ::pkcs8::spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};
use der::asn1::{BitStringRef, ObjectIdentifier, OctetStringRef, Utf8StringRef};
use der::{Decode as _, Encode as _};

use super::fields::{Boolean, IMPORTABLE_KEY, PARENT_HANDLE, TpmKey};
use super::{LABEL, Tss2Error, tpm2b};
use crate::armor;

/// `id-Ed25519`.
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// A block with a `SubjectPublicKeyInfo`.
const PUBLIC_KEY_LABEL: &str = "PUBLIC KEY";

/// A key that one TPM can import. None of it is secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Importable {
    /// A `TPMT_PUBLIC`.
    pub public: Vec<u8>,
    /// The contents of a `TPM2B_PRIVATE`: `duplicate` of TPM2_Import.
    pub duplicate: Vec<u8>,
    /// The contents of a `TPM2B_ENCRYPTED_SECRET`: `inSymSeed` of TPM2_Import.
    pub secret: Vec<u8>,
    /// The public key of an Ed25519 key.
    pub ed25519: Option<[u8; 32]>,
    /// Whether the key needs no authorization value.
    pub has_empty_auth: bool,
    /// What to call it; empty if the file does not say.
    pub description: String,
    /// The `TPMT_PUBLIC` of the parent for which it was wrapped, if the file says that.
    pub parent: Option<Vec<u8>>,
}

impl Importable {
    /// The key in `file`, the outer form of which was read.
    ///
    /// # Errors
    ///
    /// A part is missing or damaged, or the key has a policy.
    pub(super) fn of(key: &TpmKey<'_>, file: &[u8]) -> Result<Self, Tss2Error> {
        if key.has_policy() {
            return Err(Tss2Error::Policy);
        }
        let secret = key.secret.ok_or(Tss2Error::NoSecret)?;
        Ok(Self {
            public: part("public area", key.public.as_bytes())?,
            duplicate: part("private part", key.private.as_bytes())?,
            secret: part("secret", secret.as_bytes())?,
            ed25519: ed25519_in(file)?,
            has_empty_auth: key.has_empty_auth(),
            description: key
                .description
                .map(|text| text.as_str().to_owned())
                .unwrap_or_default(),
            parent: parent_in(file)?,
        })
    }

    /// The file.
    ///
    /// # Errors
    ///
    /// A part is too long for a TPM.
    pub fn to_text(&self) -> Result<String, Tss2Error> {
        let mut text = armor::text(LABEL, &self.form()?)?;
        if let Some(key) = &self.ed25519 {
            text += &armor::text(PUBLIC_KEY_LABEL, &public_key_info(key)?)?;
        }
        if let Some(parent) = &self.parent {
            let parent = tpm2b::buffer(parent).ok_or(Tss2Error::Length("parent"))?;
            text += &armor::text(armor::PARENT_LABEL, &parent)?;
        }
        Ok(text)
    }

    fn form(&self) -> Result<Vec<u8>, Tss2Error> {
        let buffer = |name, part: &[u8]| tpm2b::buffer(part).ok_or(Tss2Error::Length(name));
        let public = buffer("public area", &self.public)?;
        let private = buffer("private part", &self.duplicate)?;
        let secret = buffer("secret", &self.secret)?;
        let description = (!self.description.is_empty()).then_some(self.description.as_str());
        let key = TpmKey {
            kind: IMPORTABLE_KEY,
            empty_auth: self.has_empty_auth.then_some(Boolean(true)),
            policy: None,
            secret: Some(octets(&secret)?),
            auth_policy: None,
            description: description.map(Utf8StringRef::new).transpose()?,
            rsa_parent: None,
            parent: PARENT_HANDLE,
            public: octets(&public)?,
            private: octets(&private)?,
        };
        Ok(key.to_der()?)
    }
}

fn part(name: &'static str, buffer: &[u8]) -> Result<Vec<u8>, Tss2Error> {
    let contents = tpm2b::contents(buffer).ok_or(Tss2Error::Length(name))?;
    Ok(contents.to_vec())
}

fn octets(bytes: &[u8]) -> Result<OctetStringRef<'_>, Tss2Error> {
    Ok(OctetStringRef::new(bytes)?)
}

/// The Ed25519 key in the `PUBLIC KEY` of `file`. Another key there is not our concern.
fn ed25519_in(file: &[u8]) -> Result<Option<[u8; 32]>, Tss2Error> {
    let Some(block) = armor::block(file, PUBLIC_KEY_LABEL)? else {
        return Ok(None);
    };
    let info = SubjectPublicKeyInfoRef::from_der(&block)?;
    if info.algorithm.oid != ED25519 {
        return Ok(None);
    }
    let key = info
        .subject_public_key
        .as_bytes()
        .ok_or(Tss2Error::Damaged)?;
    key.try_into().map(Some).map_err(|_| Tss2Error::Damaged)
}

fn public_key_info(key: &[u8; 32]) -> Result<Vec<u8>, Tss2Error> {
    let info = SubjectPublicKeyInfoRef {
        algorithm: AlgorithmIdentifierRef {
            oid: ED25519,
            parameters: None,
        },
        subject_public_key: BitStringRef::from_bytes(key)?,
    };
    Ok(info.to_der()?)
}

fn parent_in(file: &[u8]) -> Result<Option<Vec<u8>>, Tss2Error> {
    let block = armor::block(file, armor::PARENT_LABEL)?;
    block.map(|block| part("parent", &block)).transpose()
}

impl From<der::Error> for Tss2Error {
    fn from(_: der::Error) -> Self {
        Self::Damaged
    }
}

impl From<armor::NotArmored> for Tss2Error {
    fn from(_: armor::NotArmored) -> Self {
        Self::Damaged
    }
}
