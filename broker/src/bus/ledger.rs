//! What each user has in the broker's memory, and was answered lately, over the bus.
//!
//! dbus-daemon counts answers that a client does not read against the broker, and stops taking
//! anything from the broker when they are too many (`max_incoming_bytes`, 127 MiB). So a user's
//! answers are charged to that user as they go out: a debt that fades with time. Somebody with too
//! much of it is refused further calls until then. A channel needs none of this: what its client
//! does not read stays in its own socket.
//!
//! A refusal is sent each time. dbus-daemon looks through all calls that wait for an answer,
//! of all users, whenever it takes another call: 8,000 that are never answered make each
//! message of every user take several times as long.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use sshtpm_core::identity::Uid;

use debt::Debt;

mod debt;

/// Most bytes of calls without an answer yet that one user has in memory: some 500 signatures at a
/// time, or 30 lists.
const MOST_HELD_BYTES: usize = 8 * 1024 * 1024;

/// What the refusal of a call is charged: its text and header.
const REFUSAL_BYTES: usize = 512;

/// The books.
#[derive(Debug, Default)]
pub(super) struct Ledger(Mutex<Books>);

#[derive(Debug, Default)]
struct Books {
    users: HashMap<Uid, Account>,
    calls: HashMap<(String, u32), Held>,
}

/// Of one user.
#[derive(Debug, Default)]
struct Account {
    held: usize,
    debt: Debt,
}

/// A call that has no answer yet.
#[derive(Debug)]
struct Held {
    uid: Uid,
    bytes: usize,
    wants_answer: bool,
}

/// A call at the door.
#[derive(Debug)]
pub(super) struct Call {
    /// The unique bus name of the caller, and the serial number of the call.
    pub(super) id: (String, u32),
    /// Whose it is.
    pub(super) uid: Uid,
    /// Bytes that it takes until it is answered.
    pub(super) bytes: usize,
    /// Whether the caller wants an answer.
    pub(super) wants_answer: bool,
}

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// It is served.
    Served,
    /// It is refused: the user's calls without an answer take too much memory.
    NoRoom,
    /// It is refused: the user was sent too much lately.
    Indebted,
    /// The same, and the user was told so often already.
    StillIndebted,
    /// It names itself like an earlier one, so its caller could not tell their answers apart.
    Ignored,
}

impl Ledger {
    /// Enters a call.
    pub(super) fn enter(&self, call: Call, now: Instant) -> Entry {
        let mut books = self.lock();
        let books = &mut *books;
        books.forget_idle(now);
        if books.calls.contains_key(&call.id) {
            return Entry::Ignored;
        }
        let account = books.users.entry(call.uid).or_default();
        let refusal = if account.debt.was_told(now) {
            Entry::StillIndebted
        } else if account.debt.is_due(now) {
            Entry::Indebted
        } else if account.held.saturating_add(call.bytes) > MOST_HELD_BYTES {
            Entry::NoRoom
        } else {
            account.held += call.bytes;
            let held = Held {
                uid: call.uid,
                bytes: call.bytes,
                wants_answer: call.wants_answer,
            };
            books.calls.insert(call.id, held);
            return Entry::Served;
        };
        account.debt.add_refusal(REFUSAL_BYTES, now);
        refusal
    }

    /// Charges the refusal of a call that is not entered.
    pub(super) fn refuse(&self, uid: Uid, now: Instant) {
        let mut books = self.lock();
        books.forget_idle(now);
        let debt = &mut books.users.entry(uid).or_default().debt;
        debt.add_refusal(REFUSAL_BYTES, now);
    }

    /// Whether the caller of `id` wants an answer. One that is not in the books does: it is the
    /// caller of a refused call.
    pub(super) fn wants_answer(&self, id: &(String, u32)) -> bool {
        self.lock()
            .calls
            .get(id)
            .is_none_or(|held| held.wants_answer)
    }

    /// Charges an answer of that many bytes, with which a call is over.
    pub(super) fn settle(&self, id: &(String, u32), bytes: usize, now: Instant) {
        let mut books = self.lock();
        let Some(held) = books.calls.remove(id) else {
            return;
        };
        let Some(account) = books.users.get_mut(&held.uid) else {
            return;
        };
        account.held = account.held.saturating_sub(held.bytes);
        if held.wants_answer {
            account.debt.add(bytes, now);
        }
    }

    /// Forgets the calls without an answer: the connection on which they came is gone.
    pub(super) fn forget_calls(&self) {
        let mut books = self.lock();
        books.calls.clear();
        for account in books.users.values_mut() {
            account.held = 0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Books> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Accounts that are kept before those without an entry are forgotten.
const MOST_IDLE: usize = 1024;

impl Books {
    fn forget_idle(&mut self, now: Instant) {
        if self.users.len() > MOST_IDLE {
            self.users
                .retain(|_, account| account.held > 0 || !account.debt.is_paid(now));
        }
    }
}

#[cfg(test)]
mod tests;
