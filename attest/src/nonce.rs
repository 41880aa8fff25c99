//! The nonce of a verifier.

use sshtpm_ssh::claims::Nonce;

/// A nonce for which a statement may be verified now.
#[derive(Debug)]
pub struct FreshNonce(Nonce);

impl FreshNonce {
    /// A nonce that the caller chose, never used before, and chose lately: nothing here can tell.
    pub fn by_the_word_of_the_caller(nonce: Nonce) -> Self {
        Self(nonce)
    }

    pub(crate) fn nonce(&self) -> &Nonce {
        &self.0
    }
}
