//! What a module knows: the keys that the broker listed last, and what the program does with them.

use std::collections::HashSet;

use cryptoki_sys::{
    CK_OBJECT_HANDLE, CK_SESSION_HANDLE, CK_SLOT_ID, CKR_OBJECT_HANDLE_INVALID, CKR_SLOT_ID_INVALID,
};
use sshtpm_ssh::fingerprint::Fingerprint;

use crate::objects::{Handles, Held, Part};
use crate::rv::Rv;
use crate::sessions::Sessions;
use crate::slots::{Slots, Token};

/// The state of a module.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) held: Vec<Held>,
    /// Whether the broker listed keys when it was last asked. `None`: it was not asked yet.
    pub(crate) has_broker: Option<bool>,
    pub(crate) slots: Slots,
    pub(crate) handles: Handles,
    pub(crate) sessions: Sessions,
    /// The keys to which this program logged in.
    pub(crate) logged_in: HashSet<Fingerprint>,
}

impl State {
    /// Takes in what the broker listed.
    pub(crate) fn take_in(&mut self, held: Vec<Held>) {
        self.held = held;
        self.has_broker = Some(true);
        for token in self.tokens() {
            self.slots.give(token);
        }
    }

    /// The tokens that there are now.
    pub(crate) fn tokens(&self) -> Vec<Token> {
        if self.has_broker != Some(true) {
            return Vec::new();
        }
        let mut tokens = vec![Token::Open];
        tokens.extend(
            self.held
                .iter()
                .map(token_of)
                .filter(|one| *one != Token::Open),
        );
        tokens
    }

    /// The token in a slot.
    ///
    /// # Errors
    ///
    /// There is no such slot, or its token is gone.
    pub(crate) fn token(&self, slot: CK_SLOT_ID) -> Result<Token, Rv> {
        let token = self.slots.token(slot);
        let token = token.filter(|token| self.tokens().contains(token));
        token.ok_or(Rv(CKR_SLOT_ID_INVALID))
    }

    /// The keys of a token.
    pub(crate) fn held_of(&self, token: Token) -> impl Iterator<Item = &Held> {
        let held = self.held.iter();
        held.filter(move |held| token_of(held) == token)
    }

    /// The key of a token that has one alone, for its PIN. `None` for other tokens.
    pub(crate) fn locked(&self, token: Token) -> Option<&Held> {
        match token {
            Token::Open => None,
            Token::Locked(_) => self.held_of(token).next(),
        }
    }

    /// Whether the broker would sign with the keys of `token` without a further PIN, as far as is
    /// known.
    pub(crate) fn is_unlocked(&self, token: Token) -> bool {
        self.locked(token).is_some_and(|held| held.key.unlocked)
    }

    /// Notes that the broker knows the PIN of `key`, or no longer does.
    pub(crate) fn note_lock(&mut self, key: &Fingerprint, unlocked: bool) {
        let mut held = self.held.iter_mut();
        if let Some(held) = held.find(|held| held.key.fingerprint == *key) {
            held.key.unlocked = unlocked;
        }
        if !unlocked {
            self.logged_in.remove(key);
        }
    }

    /// Notes that sessions with `token` were closed. With the last one ends the login of this
    /// program (section 5.6): the next one has its PIN checked. The broker remembers the PIN, as at
    /// the end of a program.
    pub(crate) fn note_closed(&mut self, token: Token) {
        if let Token::Locked(key) = token
            && self.sessions.count(token).0 == 0
        {
            self.logged_in.remove(&key);
        }
    }

    /// The object that `session` calls `handle`.
    ///
    /// # Errors
    ///
    /// The session is not open, or its token has no such object.
    pub(crate) fn object(
        &mut self,
        session: CK_SESSION_HANDLE,
        handle: CK_OBJECT_HANDLE,
    ) -> Result<(&Held, Part), Rv> {
        let token = self.sessions.get(session)?.token;
        let gone = Rv(CKR_OBJECT_HANDLE_INVALID);
        let (key, part) = self.handles.object(handle).ok_or(gone)?;
        let mut held = self.held_of(token);
        let held = held.find(|held| held.key.fingerprint == key).ok_or(gone)?;
        let is_there = held.parts().any(|other| other == part);
        is_there.then_some((held, part)).ok_or(gone)
    }
}

/// The token that a key is on.
pub(crate) fn token_of(held: &Held) -> Token {
    match held.key.pin {
        true => Token::Locked(held.key.fingerprint),
        false => Token::Open,
    }
}
