//! The passphrase of the lock, and the hash of it that the agent keeps.
//!
//! Must never keep the passphrase. People lock with passphrases that open other things, too. An
//! attacker who reads the memory of the agent, in swap or as root, has to pay for each guess.
//!
//! Specs: RFC 9106.

use argon2::{Algorithm, Argon2, Block, Params, Version};
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

/// Memory for one hash, in KiB: 32 MiB, where OWASP asks for 19 MiB with as many passes. The
/// allocator of glibc maps so much by itself (`DEFAULT_MMAP_THRESHOLD_MAX`), and gives it back to
/// the kernel afterwards. Less could stay with each thread that ever made a hash.
const MEMORY_KIB: u32 = 32 * 1024;

/// Passes over the memory.
const PASSES: u32 = 2;

/// Threads for one hash.
const LANES: u32 = 1;

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

/// Hashes `passphrase` on a thread of its own, because that keeps a processor busy for some
/// hundredths of a second.
async fn hash(passphrase: Passphrase, salt: [u8; SALT_BYTES]) -> Option<[u8; HASH_BYTES]> {
    let work = move || argon2id(&passphrase, salt);
    spawn_blocking(work).await.ok().flatten()
}

fn argon2id(passphrase: &Passphrase, salt: [u8; SALT_BYTES]) -> Option<[u8; HASH_BYTES]> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, Some(HASH_BYTES)).ok()?;
    let mut memory = memory(params.block_count())?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut hash = [0; HASH_BYTES];
    let memory = memory.as_mut_slice();
    let hashed = argon2.hash_password_into_with_memory(&passphrase.0, &salt, &mut hash, memory);
    hashed.ok().map(|()| hash)
}

/// Memory that is wiped afterwards. `None` if there is not enough; a plain allocation would end the
/// agent.
fn memory(blocks: usize) -> Option<Zeroizing<Vec<Block>>> {
    let mut memory = Vec::new();
    memory.try_reserve_exact(blocks).ok()?;
    memory.resize(blocks, Block::new());
    Some(Zeroizing::new(memory))
}

#[cfg(test)]
mod tests {
    use super::{Block, HashedPassphrase, MAX_PASSPHRASE_BYTES, Passphrase, memory};

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
    fn more_memory_than_there_is_makes_no_hash_and_ends_nothing() {
        assert!(memory(usize::MAX / Block::SIZE).is_none());
    }

    #[test]
    fn a_passphrase_has_at_most_1024_bytes() {
        assert!(Passphrase::new(&[b'x'; MAX_PASSPHRASE_BYTES]).is_some());
        assert!(Passphrase::new(&[b'x'; MAX_PASSPHRASE_BYTES + 1]).is_none());
    }
}
