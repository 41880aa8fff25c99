//! Locking and unlocking the agent, one passphrase after the other, with a pause after wrong ones.
//!
//! Specs: RFC 9987, "Locking and Unlocking an Agent"; `process_lock_agent` of OpenSSH's
//! `ssh-agent.c` for the pauses.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, Notify, Semaphore};
use tokio::task::spawn_local;
use tokio::time::{Instant, sleep_until};
use tracing::warn;

use super::passphrase::{HashedPassphrase, Passphrase};
use crate::throttle::Throttle;

/// The pause grows by this much with each wrong passphrase in a row, as in OpenSSH's `ssh-agent.c`.
const BACK_OFF: Duration = Duration::from_millis(100);

/// Most wrong passphrases that count, which limits the pause to 10 s.
const MAX_COUNTED: u32 = 100;

/// Most passphrases that wait to be checked. Each check takes time, and is made to its end.
const MAX_WAITING: usize = 16;

/// Whether the agent is locked, and what unlocks it.
#[derive(Debug, Clone)]
pub(crate) struct AgentLock(Rc<Inner>);

#[derive(Debug)]
struct Inner {
    locked: RefCell<Option<HashedPassphrase>>,
    /// Wakes the requests that wait in [`AgentLock::locked`].
    locking: Notify,
    tries: Mutex<Tries>,
    waiting: Arc<Semaphore>,
    crowded: RefCell<Throttle<()>>,
}

#[derive(Debug, Default)]
struct Tries {
    wrong: u32,
    not_before: Option<Instant>,
}

impl Default for AgentLock {
    /// A lock that is open.
    fn default() -> Self {
        Self(Rc::new(Inner {
            locked: RefCell::default(),
            locking: Notify::new(),
            tries: Mutex::default(),
            waiting: Arc::new(Semaphore::new(MAX_WAITING)),
            crowded: RefCell::default(),
        }))
    }
}

impl AgentLock {
    /// Whether the agent is locked.
    pub(crate) fn is_locked(&self) -> bool {
        self.0.locked.borrow().is_some()
    }

    /// Waits until the agent is locked.
    pub(crate) async fn locked(&self) {
        // Listens before it looks, so that it misses no change in between.
        let locking = self.0.locking.notified();
        if !self.is_locked() {
            locking.await;
        }
    }

    /// Locks the agent, and returns whether it did. A locked agent cannot be locked again.
    pub(crate) async fn lock(&self, passphrase: Passphrase) -> bool {
        self.in_turn(async |inner| inner.lock(passphrase).await)
            .await
    }

    /// Unlocks the agent if `passphrase` locked it, and returns whether it did.
    pub(crate) async fn unlock(&self, passphrase: Passphrase) -> bool {
        self.in_turn(async |inner| inner.unlock(passphrase).await)
            .await
    }

    /// Checks one passphrase after the other, and each to its end. Otherwise a client could hang
    /// up and come back, and so have any number checked without waiting for one.
    async fn in_turn(&self, work: impl AsyncFnOnce(&Inner) -> bool + 'static) -> bool {
        let Ok(waiting) = Arc::clone(&self.0.waiting).try_acquire_owned() else {
            if let Some(suppressed) = self.0.crowded.borrow_mut().passes(()) {
                warn!("too many requests to lock or unlock the agent at once{suppressed}");
            }
            return false;
        };
        let inner = Rc::clone(&self.0);
        let worked = spawn_local(async move {
            let _waiting = waiting;
            work(&inner).await
        });
        worked.await.unwrap_or(false)
    }
}

impl Inner {
    async fn lock(&self, passphrase: Passphrase) -> bool {
        let _turn = self.tries.lock().await;
        if self.locked.borrow().is_some() {
            return false;
        }
        let Some(hashed) = HashedPassphrase::of(passphrase).await else {
            return false;
        };
        self.locked.replace(Some(hashed));
        self.locking.notify_waiters();
        true
    }

    async fn unlock(&self, passphrase: Passphrase) -> bool {
        let mut tries = self.tries.lock().await;
        if let Some(time) = tries.not_before {
            sleep_until(time).await;
        }
        let Some(kept) = self.locked.borrow().clone() else {
            return false;
        };
        let is_right = kept.matches(passphrase).await;
        if is_right {
            self.locked.replace(None);
            *tries = Tries::default();
        } else {
            tries.wrong = tries.wrong.saturating_add(1).min(MAX_COUNTED);
            tries.not_before = Some(Instant::now() + BACK_OFF * tries.wrong);
        }
        is_right
    }
}

#[cfg(test)]
mod tests {
    use super::{AgentLock, BACK_OFF, MAX_COUNTED, MAX_WAITING, Passphrase};
    use futures_util::FutureExt;
    use tokio::task::LocalSet;
    use tokio::time::Instant;

    fn passphrase(text: &str) -> Passphrase {
        Passphrase::new(text.as_bytes()).unwrap()
    }

    async fn locked() -> AgentLock {
        let lock = AgentLock::default();
        assert!(lock.lock(passphrase("right")).await);
        assert!(lock.is_locked());
        lock
    }

    #[tokio::test]
    async fn only_the_passphrase_that_locked_the_agent_unlocks_it() {
        let test = async {
            let lock = locked().await;
            assert!(!lock.unlock(passphrase("wrong")).await);
            assert!(lock.is_locked());
            assert!(lock.unlock(passphrase("right")).await);
            assert!(!lock.is_locked());
        };
        LocalSet::new().run_until(test).await;
    }

    #[tokio::test]
    async fn a_locked_agent_cannot_be_locked_nor_an_open_one_unlocked() {
        let test = async {
            let lock = AgentLock::default();
            assert!(!lock.unlock(passphrase("right")).await);
            let lock = locked().await;
            assert!(!lock.lock(passphrase("another")).await);
            assert!(lock.unlock(passphrase("right")).await);
        };
        LocalSet::new().run_until(test).await;
    }

    #[tokio::test]
    async fn each_wrong_passphrase_makes_the_next_wait_longer() {
        let test = async {
            let lock = locked().await;
            let rest = async || {
                let tries = lock.0.tries.lock().await;
                let rest = tries.not_before.unwrap() - Instant::now();
                (tries.wrong, rest)
            };
            assert!(!lock.unlock(passphrase("wrong")).await);
            assert!(matches!(rest().await, (1, time) if time <= BACK_OFF));
            lock.0.tries.lock().await.wrong = MAX_COUNTED;
            assert!(!lock.unlock(passphrase("wrong")).await);
            let (counted, time) = rest().await;
            assert_eq!(counted, MAX_COUNTED);
            assert!(time > BACK_OFF * (MAX_COUNTED / 2) && time <= BACK_OFF * MAX_COUNTED);
        };
        LocalSet::new().run_until(test).await;
    }

    #[tokio::test]
    async fn a_wrong_passphrase_counts_after_its_client_has_left() {
        let test = async {
            let lock = locked().await;
            assert!(lock.unlock(passphrase("wrong")).now_or_never().is_none());
            // The agent checks the next one after it.
            assert!(lock.unlock(passphrase("right")).await);
            let lock = locked().await;
            assert!(lock.unlock(passphrase("wrong")).now_or_never().is_none());
            tokio::task::yield_now().await;
            assert_eq!(lock.0.tries.lock().await.wrong, 1);
        };
        LocalSet::new().run_until(test).await;
    }

    #[tokio::test]
    async fn one_passphrase_too_many_is_refused_at_once() {
        let test = async {
            let lock = locked().await;
            for _ in 0..MAX_WAITING {
                assert!(lock.unlock(passphrase("wrong")).now_or_never().is_none());
            }
            let refused = lock.unlock(passphrase("right")).now_or_never();
            assert_eq!(refused, Some(false));
        };
        LocalSet::new().run_until(test).await;
    }
}
