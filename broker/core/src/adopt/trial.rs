//! The signature by which an adopted key shows that it signs. It never leaves.

use super::Loadable;
use crate::signature::{BadSignature, RawSignature, Scheme, ToSign, release};

/// It is in none of the forms that SSH signs.
pub(crate) const DATA: &[u8] = b"sshtpm-broker: an adopted key signs this once, and nobody sees it";

impl Loadable {
    /// What the key has to sign before it is stored; `None` for an algorithm without a scheme,
    /// which there is not among those that are adopted.
    pub fn trial(&self) -> Option<ToSign> {
        Some(self.scheme()?.to_sign(DATA))
    }

    /// Checks what the TPM gave for [`Self::trial`].
    ///
    /// # Errors
    ///
    /// It does not verify.
    pub(crate) fn verify_trial(&self, signed: &RawSignature) -> Result<(), BadSignature> {
        let scheme = self.scheme().ok_or(BadSignature)?;
        release(signed, scheme, &self.key, DATA).map(drop)
    }

    fn scheme(&self) -> Option<Scheme> {
        Scheme::choose(self.algorithm, 0)
    }
}
