//! The passphrase of the lock, and the hash of it that the agent keeps.
//!
//! Must never keep the passphrase. People lock with passphrases that open other things, too. An
//! attacker who reads the memory of the agent, in swap or as root, has to pay for each guess.
//!
//! Specs: RFC 9106.

use argon2::Argon2;
use rustix::rand::{GetRandomFlags, getrandom};
use subtle::ConstantTimeEq;
use tokio::task::spawn_blocking;
use zeroize::Zeroizing;

/// Longest passphrase, in bytes: ssh-add reads no more.
const MAX_PASSPHRASE_BYTES: usize = 1024;

/// Bytes of salt, as RFC 9106 §3.1 recommends.
const SALT_BYTES: usize = 16;

/// Bytes of the hash.
const HASH_BYTES: usize = 32;

/// A passphrase of 0 to 1024 bytes. Wiped from memory when it is dropped.
#[derive(Debug)]
pub(crate) struct Passphrase(Zeroizing<Vec<u8>>);

impl Passphrase {
    /// `None` if `bytes` has more than 1024 bytes.
    pub(crate) fn new(bytes: &[u8]) -> Option<Self> {
        let fits = bytes.len() <= MAX_PASSPHRASE_BYTES;
        fits.then(|| Self(Zeroizing::new(bytes.to_vec())))
    }
}

/// A salted Argon2id hash of a passphrase.
#[derive(Clone, Debug)]
pub(super) struct HashedPassphrase {
    salt: [u8; SALT_BYTES],
    hash: [u8; HASH_BYTES],
}

impl HashedPassphrase {
    /// Hashes `passphrase` with a fresh salt. `None` if the kernel has no random bytes or there
    /// is no memory for the hash.
    pub(super) async fn of(passphrase: Passphrase) -> Option<Self> {
        let mut salt = [0; SALT_BYTES];
        // The kernel always has enough random bytes once a user can log in.
        let filled = getrandom(&mut salt, GetRandomFlags::empty());
        if filled != Ok(SALT_BYTES) {
            return None;
        }
        let hash = hash(passphrase, salt).await?;
        Some(Self { salt, hash })
    }

    /// Whether this is the hash of `passphrase`.
    pub(super) async fn matches(&self, passphrase: Passphrase) -> bool {
        match hash(passphrase, self.salt).await {
            Some(hash) => bool::from(hash.ct_eq(&self.hash)),
            None => false,
        }
    }
}

/// Argon2id with the parameters that its library takes from OWASP: 19 MiB, two passes. It keeps a
/// processor busy for some hundredths of a second, so it has a thread of its own.
async fn hash(passphrase: Passphrase, salt: [u8; SALT_BYTES]) -> Option<[u8; HASH_BYTES]> {
    let work = move || {
        let mut hash = [0; HASH_BYTES];
        let hashed = Argon2::default().hash_password_into(&passphrase.0, &salt, &mut hash);
        hashed.ok().map(|()| hash)
    };
    spawn_blocking(work).await.ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::{HashedPassphrase, MAX_PASSPHRASE_BYTES, Passphrase};

    fn passphrase() -> Passphrase {
        Passphrase::new(b"passphrase").unwrap()
    }

    #[tokio::test]
    async fn one_passphrase_hashed_twice_has_different_hashes() {
        let first = HashedPassphrase::of(passphrase()).await.unwrap();
        let second = HashedPassphrase::of(passphrase()).await.unwrap();
        assert_ne!(first.hash, second.hash);
        assert!(first.matches(passphrase()).await && second.matches(passphrase()).await);
    }

    #[test]
    fn a_passphrase_has_at_most_1024_bytes() {
        assert!(Passphrase::new(&[b'x'; MAX_PASSPHRASE_BYTES]).is_some());
        assert!(Passphrase::new(&[b'x'; MAX_PASSPHRASE_BYTES + 1]).is_none());
    }
}
