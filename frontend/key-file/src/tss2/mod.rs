//! Keys of TPMs in files: `TSS2 PRIVATE KEY`.
//!
//! Purpose: [`Tss2File::read`] reads the outer form, which all kinds of keys have, and gives it to
//! the file of its kind. What is in such a file is encrypted for one TPM, so none of it is secret.
//!
//! Specs: ASN.1 Specification for TPM 2.0 Key Files (draft-bottomley-tpm2-keys), §3; RFC 7468.

mod error;
mod fields;
mod importable;
mod loadable;
mod tpm2b;

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod loadable_tests;
#[cfg(test)]
mod tests;

use crate::armor::private_block;
use crate::bounds::MAX_FILE_BYTES;

pub use error::Tss2Error;
pub use importable::Importable;
pub use loadable::{Loadable, NotLoadable};

use fields::{LABEL, TpmKey, Type};

/// A key that a TPM has to load or to import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tss2File {
    /// A TPM made it, and loads it as it is.
    Loadable,
    /// It was wrapped for a TPM, which has to import it first.
    Importable(Importable),
}

impl Tss2File {
    /// Whether the first private key in `file` is of this format.
    pub fn is_one(file: &[u8]) -> bool {
        let file = file.get(..MAX_FILE_BYTES).unwrap_or(file);
        matches!(private_block(file), Ok(Some(block)) if block.label == LABEL)
    }

    /// Reads a file.
    ///
    /// # Errors
    ///
    /// The file is too long, damaged, of another format or of an unknown kind, or its key has a
    /// policy.
    pub fn read(file: &[u8]) -> Result<Self, Tss2Error> {
        if file.len() > MAX_FILE_BYTES {
            return Err(Tss2Error::TooLong);
        }
        let block = private_block(file).map_err(|_| Tss2Error::Damaged)?;
        let block = block.filter(|block| block.label == LABEL && !block.has_headers);
        let block = block.ok_or(Tss2Error::NoKey)?;
        let key = TpmKey::read(&block.bytes)?;
        match key.kind()? {
            Type::Loadable | Type::Sealed => Ok(Self::Loadable),
            Type::Importable => Importable::of(&key, file).map(Self::Importable),
        }
    }
}
