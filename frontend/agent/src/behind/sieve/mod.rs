//! Leaves out of an agent's list what would make OpenSSH's client refuse the whole list, with the
//! keys of the TPM: `ssh_fetch_identitylist` of its `authfd.c` goes on after a key that it reads,
//! and after one whose type it does not know, and after no other.
//!
//! Whether a key is read takes arithmetic on curves, and signatures of certificates. Both are done
//! on another thread, for one list at a time, and remembered.
//!
//! Must never keep or log a key: only hashes of blobs are kept.
//!
//! Specs: OpenSSH `sshkey.c`, `authfd.c` (9.2 to 10.x).

mod allowance;
mod certificate;
mod judge;
mod key_type;
mod memory;
mod numbers;
mod plain;
mod points;
mod reason;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use self::judge::Verdict;
use self::memory::Memory;
pub(super) use self::reason::Reason;
use super::listed::Offered;

/// Lists that are judged at a time. Agents behind thus use one processor at most.
const AT_A_TIME: usize = 1;

/// How long a list waits until an agent's keys are judged, as long as for a short answer of an
/// agent. It then goes without them, so that a slow machine shows the keys of the TPM in time.
const MAX_WAIT: Duration = Duration::from_secs(1);

/// The turns in which lists of all agents are judged.
#[derive(Clone, Debug)]
pub(super) struct Turns(Arc<Semaphore>);

/// What is known of the keys of one agent.
#[derive(Debug)]
pub(super) struct Sieve {
    memory: Arc<Memory>,
    turns: Turns,
}

/// A list without what clients refuse.
#[derive(Debug, Default)]
pub(super) struct Sifted {
    pub(super) keys: Vec<Offered>,
    /// Why keys were left out, each reason once.
    pub(super) left_out: BTreeSet<Reason>,
}

impl Default for Turns {
    /// Nothing is judged yet.
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_A_TIME)))
    }
}

impl Sieve {
    /// Knows no key yet, and judges in its `turns`.
    pub(super) fn new(turns: &Turns) -> Self {
        Self {
            memory: Arc::default(),
            turns: turns.clone(),
        }
    }

    /// `keys` without those that clients refuse, or none if that takes too long. If this future is
    /// dropped, what was begun is finished and remembered, so that a client cannot hang up and have
    /// it done again.
    pub(super) async fn sift(&self, keys: Vec<Offered>) -> Sifted {
        if let Some(verdicts) = self.memory.verdicts(&keys) {
            return Sifted::of(keys, verdicts);
        }
        let judged = timeout(MAX_WAIT, self.judge(keys)).await;
        judged.unwrap_or_else(|_| Sifted {
            keys: Vec::new(),
            left_out: BTreeSet::from([Reason::Later]),
        })
    }

    async fn judge(&self, keys: Vec<Offered>) -> Sifted {
        let turns = Arc::clone(&self.turns.0);
        let Ok(turn) = turns.acquire_owned().await else {
            return Sifted::default();
        };
        let memory = Arc::clone(&self.memory);
        let work = move || {
            let verdicts = memory.judge(&keys);
            drop(turn);
            Sifted::of(keys, verdicts)
        };
        // It fails if the agent ends, or by an error in it. Then no key is offered.
        spawn_blocking(work).await.unwrap_or_default()
    }
}

impl Sifted {
    fn of(keys: Vec<Offered>, verdicts: Vec<Verdict>) -> Self {
        let left_out = verdicts.iter().filter_map(|verdict| verdict.err());
        let left_out = left_out.collect();
        let keys = keys.into_iter().zip(verdicts);
        let keys = keys.filter_map(|(key, verdict)| verdict.is_ok().then_some(key));
        Self {
            keys: keys.collect(),
            left_out,
        }
    }
}

#[cfg(test)]
mod blobs;
#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;
