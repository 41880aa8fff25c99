//! A key that a TPM made for another program, which loads it as it is.
//!
//! Read as widely as other programs write: `emptyAuth` may be there and FALSE (tpm2-openssl), and a
//! description may follow (ssh-tpm-agent).
//!
//! Specs: ASN.1 Specification for TPM 2.0 Key Files, §3.1.2, §3.1.3 and §3.1.6.

use super::fields::LABEL;
use super::fields::{Boolean, PARENT_HANDLE, TpmKey, Type};
use super::{Tss2Error, tpm2b};
use crate::armor::private_block;
use crate::bounds::MAX_FILE_BYTES;

/// A key that a TPM made. None of it is secret: the TPM encrypted the private part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loadable {
    /// A `TPMT_PUBLIC`.
    pub public: Vec<u8>,
    /// The contents of a `TPM2B_PRIVATE`.
    pub private: Vec<u8>,
    /// Whether the file says that using the key takes a password.
    pub has_password: bool,
    /// A text for people; empty if there is none.
    pub description: String,
}

/// Why a key in a file of a TPM is not one that is loaded under the storage root key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotLoadable {
    /// It cannot be read.
    #[error(transparent)]
    File(#[from] Tss2Error),
    /// It was wrapped for a TPM.
    #[error("its key was wrapped for a TPM, which has to import it")]
    Importable,
    /// It holds data that a TPM sealed.
    #[error("it holds data that a TPM sealed, and no key that signs")]
    Sealed,
    /// It was made under another parent.
    #[error(
        "its key was made under the parent {0:#010x}, and sshtpm has its keys under 0x81000001; \
         such a key cannot move"
    )]
    OtherParent(u32),
    /// It was made under an RSA parent.
    #[error("its key was made under an RSA parent, and cannot move to another one")]
    RsaParent,
}

impl Loadable {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// The file is too long, damaged or of another format; or its key has a policy, another parent,
    /// or is of another kind.
    pub fn read(file: &[u8]) -> Result<Self, NotLoadable> {
        if file.len() > MAX_FILE_BYTES {
            return Err(Tss2Error::TooLong.into());
        }
        let block = private_block(file).map_err(|_| Tss2Error::Damaged)?;
        let block = block.filter(|block| block.label == LABEL && !block.has_headers);
        let block = block.ok_or(Tss2Error::NoKey)?;
        Self::of(&TpmKey::read(&block.bytes)?)
    }

    fn of(key: &TpmKey<'_>) -> Result<Self, NotLoadable> {
        match key.kind()? {
            Type::Loadable => {}
            Type::Importable => return Err(NotLoadable::Importable),
            Type::Sealed => return Err(NotLoadable::Sealed),
        }
        if key.has_policy() {
            return Err(Tss2Error::Policy.into());
        }
        if key.rsa_parent == Some(Boolean(true)) {
            return Err(NotLoadable::RsaParent);
        }
        if !PARENTS.contains(&key.parent) {
            return Err(NotLoadable::OtherParent(key.parent));
        }
        let part = |name, bytes| {
            let contents = tpm2b::contents(bytes).ok_or(Tss2Error::Length(name));
            contents.map(<[u8]>::to_vec)
        };
        let description = key.description.map(|text| text.as_str().to_owned());
        Ok(Self {
            public: part("public area", key.public.as_bytes())?,
            private: part("private part", key.private.as_bytes())?,
            has_password: !key.has_empty_auth(),
            description: description.unwrap_or_default(),
        })
    }
}

/// The storage root key by its handle, and by its hierarchy: TPM_RH_OWNER stands for the primary
/// key of the TCG's template, which is that key.
const PARENTS: [u32; 2] = [PARENT_HANDLE, 0x4000_0001];
