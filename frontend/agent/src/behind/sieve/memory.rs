//! What was found of the keys of one agent, so that each list does not find it anew.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::allowance::Allowance;
use super::judge::{Verdict, judge};
use super::reason::Reason;
use crate::behind::listed::{MAX_IDENTITIES, Offered};

/// Most keys of which a verdict is remembered: those of two lists, because an agent may show
/// clients different keys.
const MAX_VERDICTS: usize = 2 * MAX_IDENTITIES;

/// Verdicts by blob, of which 8 bytes are kept: a hash with a secret of this process.
#[derive(Debug, Default)]
pub(super) struct Memory {
    state: RandomState,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    verdicts: HashMap<u64, Verdict>,
    allowance: Allowance,
}

impl Memory {
    /// The verdicts of all `keys`, if all are remembered.
    pub(super) fn verdicts(&self, keys: &[Offered]) -> Option<Vec<Verdict>> {
        let inner = self.inner();
        let verdict = |key: &Offered| inner.verdicts.get(&self.hash(key)).copied();
        keys.iter().map(verdict).collect()
    }

    /// The verdicts of all `keys`. Those that are not remembered are found, and remembered unless
    /// they are put off.
    pub(super) fn judge(&self, keys: &[Offered]) -> Vec<Verdict> {
        self.make_room(keys);
        keys.iter().map(|key| self.judge_one(key)).collect()
    }

    fn judge_one(&self, key: &Offered) -> Verdict {
        let hash = self.hash(key);
        if let Some(verdict) = self.inner().verdicts.get(&hash) {
            return *verdict;
        }
        // The lock is not held during this: the thread that serves looks verdicts up.
        let verdict = judge(&key.blob, || self.inner().allowance.take(Instant::now()));
        if verdict != Err(Reason::Later) {
            self.inner().verdicts.insert(hash, verdict);
        }
        verdict
    }

    /// Forgets all but these keys if they would be too many together.
    fn make_room(&self, keys: &[Offered]) {
        let mut inner = self.inner();
        if inner.verdicts.len() + keys.len() > MAX_VERDICTS {
            let kept = keys.iter().filter_map(|key| {
                let hash = self.hash(key);
                Some((hash, *inner.verdicts.get(&hash)?))
            });
            inner.verdicts = kept.collect();
        }
    }

    fn hash(&self, key: &Offered) -> u64 {
        self.state.hash_one(&key.blob)
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // Each step leaves it whole, whatever happened to a thread.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_VERDICTS, Memory};
    use crate::behind::listed::{MAX_IDENTITIES, Offered};

    #[test]
    fn the_verdicts_that_are_remembered_have_a_bound() {
        let memory = Memory::default();
        let key = |number: usize| Offered {
            blob: number.to_be_bytes().to_vec(),
            comment: Vec::new(),
        };
        for list in 0..4 {
            let keys: Vec<_> = (0..MAX_IDENTITIES)
                .map(|number| key(list * MAX_IDENTITIES + number))
                .collect();
            assert_eq!(memory.verdicts(&keys), None);
            let verdicts = memory.judge(&keys);
            assert_eq!(memory.verdicts(&keys), Some(verdicts));
            assert!(memory.inner().verdicts.len() <= MAX_VERDICTS);
        }
    }
}
