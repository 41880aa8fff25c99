//! Who had a key when it was last listed: the TPM, or an agent behind.
//!
//! It only says whom to ask. The broker or the agent decides by itself, and agents behind are told
//! of the sessions of the connection first. It is shared by all connections, so that what it holds
//! is bounded.

use std::cell::RefCell;
use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use super::listed::{MAX_IDENTITIES, Offered};

/// Who had which key. Of each key it remembers 8 bytes, hashed with a secret of this process; at
/// most as many keys as a list has, for the TPM and for each agent.
#[derive(Debug)]
pub(super) struct Whereabouts {
    state: RandomState,
    own: RefCell<HashSet<u64>>,
    behind: Vec<RefCell<HashSet<u64>>>,
}

impl Whereabouts {
    /// Nobody has any key yet; there are `count` agents behind.
    pub(super) fn new(count: usize) -> Self {
        Self {
            state: RandomState::new(),
            own: RefCell::default(),
            behind: (0..count).map(|_| RefCell::default()).collect(),
        }
    }

    /// Notes that the TPM has these keys. It may have others, which this asker may not use: those
    /// stay, or an agent behind that lists one of them would be asked for its signatures.
    pub(super) fn note_own(&self, keys: &[Offered]) {
        let hashes = self.hashes(keys);
        let mut own = self.own.borrow_mut();
        own.extend(&hashes);
        if own.len() > MAX_IDENTITIES {
            *own = hashes;
        }
    }

    /// Notes that the TPM no longer has the key or certificate.
    pub(super) fn forget_own(&self, blob: &[u8]) {
        self.own.borrow_mut().remove(&self.state.hash_one(blob));
    }

    /// Notes that the agent with this index has these keys, and no others.
    pub(super) fn note(&self, index: usize, keys: &[Offered]) {
        let hashes = self.hashes(keys);
        if let Some(behind) = self.behind.get(index) {
            behind.replace(hashes);
        }
    }

    fn hashes(&self, keys: &[Offered]) -> HashSet<u64> {
        let blobs = keys.iter().map(|key| key.blob.as_slice());
        blobs.map(|blob| self.state.hash_one(blob)).collect()
    }

    /// Whether the TPM had the key or certificate.
    pub(super) fn is_own(&self, blob: &[u8]) -> bool {
        self.own.borrow().contains(&self.state.hash_one(blob))
    }

    /// The first agent that had the key or certificate.
    pub(super) fn holder(&self, blob: &[u8]) -> Option<usize> {
        let hash = self.state.hash_one(blob);
        let mut agents = self.behind.iter();
        agents.position(|behind| behind.borrow().contains(&hash))
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_IDENTITIES, Offered, Whereabouts};

    fn key(blob: &[u8]) -> Offered {
        Offered {
            blob: blob.to_vec(),
            comment: Vec::new(),
        }
    }

    #[test]
    fn a_list_for_one_asker_takes_no_key_from_the_tpm() {
        let known = Whereabouts::new(1);
        known.note_own(&[key(b"own"), key(b"restricted")]);
        known.note_own(&[key(b"own")]);
        assert!(known.is_own(b"restricted"));
        known.forget_own(b"restricted");
        assert!(!known.is_own(b"restricted"));
    }

    #[test]
    fn the_keys_of_the_tpm_that_are_remembered_have_a_bound() {
        let known = Whereabouts::new(1);
        for number in 0..2 * u32::try_from(MAX_IDENTITIES).unwrap() {
            known.note_own(&[key(&number.to_be_bytes())]);
            assert!(known.is_own(&number.to_be_bytes()));
        }
        assert!(known.own.borrow().len() <= MAX_IDENTITIES);
    }

    #[test]
    fn the_first_agent_that_listed_a_key_last_has_it() {
        let known = Whereabouts::new(2);
        known.note_own(&[key(b"own")]);
        assert!(known.is_own(b"own") && !known.is_own(b"key"));
        known.note(1, &[key(b"key")]);
        assert_eq!(known.holder(b"key"), Some(1));
        known.note(0, &[key(b"key")]);
        assert_eq!(known.holder(b"key"), Some(0));
        known.note(0, &[]);
        assert_eq!(known.holder(b"key"), Some(1));
        assert_eq!(known.holder(b"other"), None);
    }
}
