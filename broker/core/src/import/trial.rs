//! The signature by which an imported key shows that it signs.
//!
//! It never leaves. A key with a PIN makes none: the broker does not have the PIN, and a guess
//! would count at the TPM. The TPM has checked that its parts belong together, and the first use
//! shows the rest.

use super::{Contents, Wrapped};
use crate::key::Protection;
use crate::signature::{BadSignature, DigestToSign, RawSignature, Scheme, ToSign, release};

/// It is in none of the forms that SSH signs.
pub(crate) const DATA: &[u8] =
    b"sshtpm-broker: an imported key signs this once, and nobody sees it";

impl Wrapped {
    /// What the key has to sign after it was imported; `None` if it has a PIN.
    pub fn trial(&self) -> Option<DigestToSign> {
        match self.public.protection() {
            Protection::Nothing => match self.scheme()?.to_sign(DATA) {
                ToSign::Digest(to_sign) => Some(to_sign),
                ToSign::Message(_) => None,
            },
            Protection::Pin => None,
        }
    }

    /// Checks what the TPM gave for [`Self::trial`].
    ///
    /// # Errors
    ///
    /// It does not verify, or is not there although the key has no PIN.
    pub(crate) fn verify_trial(&self, signed: Option<&RawSignature>) -> Result<(), BadSignature> {
        let Contents::Signing { public, .. } = self.public.contents();
        match (self.public.protection(), signed) {
            (Protection::Nothing, Some(raw)) => {
                let scheme = self.scheme().ok_or(BadSignature)?;
                release(raw, scheme, public, DATA).map(drop)
            }
            (Protection::Pin, None) => Ok(()),
            _ => Err(BadSignature),
        }
    }

    fn scheme(&self) -> Option<Scheme> {
        let Contents::Signing { algorithm, .. } = self.public.contents();
        Scheme::choose(*algorithm, 0)
    }
}
