//! Slots: one for all keys without a PIN, and one for each key with a PIN.
//!
//! PKCS #11 has one PIN for a token, and the broker has one for a key. A slot keeps its number for
//! the life of the module.

use cryptoki_sys::CK_SLOT_ID;
use sshtpm_ssh::fingerprint::Fingerprint;

use crate::limits::MAX_HANDLES;

/// What is in a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// All keys without a PIN.
    Open,
    /// The key with a PIN that has this fingerprint.
    Locked(Fingerprint),
}

/// The number of the slot with all keys without a PIN.
pub(crate) const OPEN: CK_SLOT_ID = 1;

/// The numbers that were given to keys with a PIN.
#[derive(Debug, Default)]
pub(crate) struct Slots(Vec<(CK_SLOT_ID, Fingerprint)>);

impl Slots {
    /// The number of a token's slot. `None`: too many were given out.
    pub(crate) fn give(&mut self, token: Token) -> Option<CK_SLOT_ID> {
        let Token::Locked(key) = token else {
            return Some(OPEN);
        };
        if let Some((id, _)) = self.0.iter().find(|(_, other)| *other == key) {
            return Some(*id);
        }
        if self.0.len() >= MAX_HANDLES {
            return None;
        }
        let mut id = wanted(&key);
        while id <= OPEN || self.token(id).is_some() {
            id += 1;
        }
        self.0.push((id, key));
        Some(id)
    }

    /// The token whose slot has this number, whether it is still there or not.
    pub(crate) fn token(&self, id: CK_SLOT_ID) -> Option<Token> {
        if id == OPEN {
            return Some(Token::Open);
        }
        let mut given = self.0.iter();
        given.find_map(|(other, key)| (*other == id).then_some(Token::Locked(*key)))
    }
}

/// The first 31 bits of the fingerprint, so that a slot has the same number in each program.
fn wanted(key: &Fingerprint) -> CK_SLOT_ID {
    let hex = key.to_hex();
    let first = hex
        .get(..8)
        .and_then(|hex| u32::from_str_radix(hex, 16).ok());
    CK_SLOT_ID::from(first.unwrap_or_default() >> 1)
}

#[cfg(test)]
mod tests {
    use super::{OPEN, Slots, Token, wanted};
    use crate::fake_keys::a_key;

    #[test]
    fn a_key_with_a_pin_keeps_its_slot() {
        let mut slots = Slots::default();
        let token = Token::Locked(a_key("one", true).fingerprint);
        let id = slots.give(token).unwrap();
        assert_eq!(slots.give(token), Some(id));
        assert_eq!(slots.token(id), Some(token));
        assert_eq!(slots.give(Token::Open), Some(OPEN));
    }

    #[test]
    fn two_keys_whose_fingerprints_begin_alike_have_two_slots() {
        let (one, two) = (a_key("one", true), a_key("two", true));
        let id = wanted(&two.fingerprint);
        let mut slots = Slots(vec![(id, one.fingerprint)]);
        let given = slots.give(Token::Locked(two.fingerprint));
        assert_eq!(given, Some(id + 1));
    }
}
