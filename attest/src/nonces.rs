//! Nonces of a verifier: each is its own, used once, and soon.

use std::collections::HashMap;

use rand_core::CryptoRngCore;
use sshtpm_ssh::claims::Nonce;

/// How long a statement may take, in seconds: a person may have to type a PIN.
const MAX_AGE_SECONDS: u64 = 120;

/// Nonces that are open at a time: a fleet of thousands that all ask within two minutes waits.
const MAX_OPEN: usize = 4096;

/// Bytes of a nonce that is chosen here.
const BYTES: usize = 32;

/// A nonce for which a statement may be verified now.
#[derive(Debug)]
pub struct FreshNonce(Nonce);

/// Why a nonce is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadNonce {
    /// It was never chosen here, or has been used.
    #[error(
        "the nonce is not one that this verifier chose, or a statement was verified with it \
         before; ask for a new one"
    )]
    UnknownOrUsed,
    /// It is too old.
    #[error(
        "the nonce was chosen more than {MAX_AGE_SECONDS} seconds ago, or the clock was set \
         since; ask for a new one"
    )]
    Old,
    /// Too many are open.
    #[error("{MAX_OPEN} nonces are open; wait {MAX_AGE_SECONDS} seconds")]
    TooMany,
}

/// The nonces that a verifier chose and has not seen again.
#[derive(Debug, Default)]
pub struct Nonces(HashMap<Vec<u8>, u64>);

impl FreshNonce {
    /// A nonce that the caller chose, never used before, and chose lately: nothing here can tell.
    pub fn by_the_word_of_the_caller(nonce: Nonce) -> Self {
        Self(nonce)
    }

    pub(crate) fn nonce(&self) -> &Nonce {
        &self.0
    }
}

impl Nonces {
    /// Chooses one. `now` is in seconds.
    ///
    /// # Errors
    ///
    /// Too many are open.
    pub fn choose(&mut self, now: u64, random: &mut impl CryptoRngCore) -> Result<Nonce, BadNonce> {
        self.0.retain(|_, chosen| is_young(*chosen, now));
        if self.0.len() >= MAX_OPEN {
            return Err(BadNonce::TooMany);
        }
        let mut bytes = [0; BYTES];
        random.fill_bytes(&mut bytes);
        self.0.insert(bytes.to_vec(), now);
        // As many bytes as a nonce has.
        Nonce::new(bytes).map_err(|_| BadNonce::UnknownOrUsed)
    }

    /// Takes one back, once.
    ///
    /// # Errors
    ///
    /// It is another verifier's, used, or old.
    pub fn take(&mut self, nonce: &Nonce, now: u64) -> Result<FreshNonce, BadNonce> {
        let chosen = self.0.remove(nonce.as_bytes());
        let chosen = chosen.ok_or(BadNonce::UnknownOrUsed)?;
        match is_young(chosen, now) {
            true => Ok(FreshNonce(nonce.clone())),
            false => Err(BadNonce::Old),
        }
    }
}

/// A clock that was set back makes a nonce old.
fn is_young(chosen: u64, now: u64) -> bool {
    now.checked_sub(chosen)
        .is_some_and(|age| age <= MAX_AGE_SECONDS)
}

#[cfg(test)]
mod tests {
    use rand_core::OsRng;

    use super::{BadNonce, MAX_AGE_SECONDS, MAX_OPEN, Nonces};
    use sshtpm_ssh::claims::Nonce;

    #[test]
    fn a_nonce_is_taken_once() {
        let mut nonces = Nonces::default();
        let nonce = nonces.choose(1000, &mut OsRng).unwrap();
        let fresh = nonces.take(&nonce, 1000 + MAX_AGE_SECONDS).unwrap();
        assert_eq!(fresh.nonce(), &nonce);
        let again = nonces.take(&nonce, 1000).unwrap_err();
        assert_eq!(again, BadNonce::UnknownOrUsed);
    }

    #[test]
    fn a_nonce_of_another_verifier_is_not_taken() {
        let nonce = Nonce::new([7; 32]).unwrap();
        let taken = Nonces::default().take(&nonce, 1000).unwrap_err();
        assert_eq!(taken, BadNonce::UnknownOrUsed);
    }

    #[test]
    fn an_old_nonce_is_not_taken_nor_one_from_the_future() {
        for now in [1001 + MAX_AGE_SECONDS, 999] {
            let mut nonces = Nonces::default();
            let nonce = nonces.choose(1000, &mut OsRng).unwrap();
            assert_eq!(nonces.take(&nonce, now).unwrap_err(), BadNonce::Old);
        }
    }

    #[test]
    fn open_nonces_are_bounded_and_old_ones_make_room() {
        let mut nonces = Nonces::default();
        for _ in 0..MAX_OPEN {
            nonces.choose(1000, &mut OsRng).unwrap();
        }
        let full = nonces.choose(1000, &mut OsRng).unwrap_err();
        assert_eq!(full, BadNonce::TooMany);
        nonces.choose(1001 + MAX_AGE_SECONDS, &mut OsRng).unwrap();
    }
}
