//! One verification or comparison of sessions at a time for each user.
//!
//! It is the one thing that the broker computes for long, and before the TPM, where users take
//! turns, has any work of it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use futures_util::lock::{Mutex as Turn, OwnedMutexGuard};

use crate::identity::Uid;

/// Whose turn it is.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    users: Mutex<HashMap<Uid, Weak<Turn<()>>>>,
}

impl Turns {
    /// Waits until no other request of `uid` has its turn; it is over when what this returns is
    /// dropped. How many wait is bounded by how many requests a user may have under way.
    pub(crate) async fn take(&self, uid: Uid) -> OwnedMutexGuard<()> {
        let turn = self.turn_of(uid);
        turn.lock_owned().await
    }

    fn turn_of(&self, uid: Uid) -> Arc<Turn<()>> {
        let mut users = self.users.lock().unwrap_or_else(PoisonError::into_inner);
        users.retain(|_, turn| turn.strong_count() > 0);
        if let Some(turn) = users.get(&uid).and_then(Weak::upgrade) {
            return turn;
        }
        let turn = Arc::default();
        users.insert(uid, Arc::downgrade(&turn));
        turn
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn a_user_has_one_turn_at_a_time_and_keeps_nobody_else_from_theirs() {
        let turns = Turns::default();
        let first = turns.take(Uid(1)).now_or_never().expect("nobody is there");
        assert!(turns.take(Uid(1)).now_or_never().is_none());
        assert!(turns.take(Uid(2)).now_or_never().is_some());
        drop(first);
        assert!(turns.take(Uid(1)).now_or_never().is_some());
    }

    #[test]
    fn who_has_no_turn_is_forgotten() {
        let turns = Turns::default();
        for uid in 0..100 {
            drop(turns.take(Uid(uid)).now_or_never());
        }
        assert!(turns.users.lock().expect("no panic").len() <= 1);
    }
}
