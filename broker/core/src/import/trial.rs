//! The signature by which an imported key shows that it signs.
//!
//! It never leaves. A key with a PIN makes none: the broker does not have the PIN, and a guess
//! would count at the TPM. The TPM has checked that its parts belong together, and the first use
//! shows the rest: for a sealed key also that it holds the seed of its public key.

use super::Wrapped;
use crate::key::Protection;
use crate::signature::{BadSignature, RawSignature, Scheme, ToSign, release};

/// It is in none of the forms that SSH signs.
pub(crate) const DATA: &[u8] =
    b"sshtpm-broker: an imported key signs this once, and nobody sees it";

impl Wrapped {
    /// What the key has to sign after it was imported; `None` if it has a PIN.
    pub fn trial(&self) -> Option<ToSign> {
        match self.public.protection() {
            Protection::Nothing => Some(self.scheme()?.to_sign(DATA)),
            Protection::Pin => None,
        }
    }

    /// Checks what the TPM gave for [`Self::trial`].
    ///
    /// # Errors
    ///
    /// It does not verify, or is not there although the key has no PIN.
    pub(crate) fn verify_trial(&self, signed: Option<&RawSignature>) -> Result<(), BadSignature> {
        match (self.public.protection(), signed) {
            (Protection::Nothing, Some(raw)) => {
                let scheme = self.scheme().ok_or(BadSignature)?;
                release(raw, scheme, &self.key, DATA).map(drop)
            }
            (Protection::Pin, None) => Ok(()),
            _ => Err(BadSignature),
        }
    }

    fn scheme(&self) -> Option<Scheme> {
        Scheme::choose(self.algorithm, 0)
    }
}
