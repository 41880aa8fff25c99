//! Seeds that stay in the broker's memory after they were used, so that the next signature needs no
//! TPM.
//!
//! They stay for as long as keys stay loaded behind a resource manager, and leave by the same rule.
//! But a loaded key is gone when the TPM is cleared, and a seed is not: so each is unsealed anew
//! after some time, however often it is used. A key with a PIN is never here: the TPM checks its
//! PIN at each use.

use std::time::{Duration, Instant};

use super::seed::Seed;
use crate::tpm::hot::residents::Residents;
use sshtpm_core::key::{KeyBlob, KeyRecord, Protection};
use sshtpm_core::queue::Line;

/// As many as keys that stay loaded.
const MOST: usize = 32;

/// As long as an unused key stays loaded.
const IDLE: Duration = Duration::from_secs(15 * 60);

/// After how long a seed is unsealed anew: so long after TPM2_Clear, a key can still sign.
const AGE: Duration = IDLE;

/// Seeds that are ready.
pub(in crate::tpm) struct KeptSeeds(Residents<Kept>);

struct Kept {
    seed: Seed,
    unsealed: Instant,
}

impl KeptSeeds {
    pub(in crate::tpm) fn new() -> Self {
        Self(Residents::new(MOST, IDLE))
    }

    pub(in crate::tpm) fn find(&mut self, blob: &KeyBlob, now: Instant) -> Option<&Seed> {
        let is_old = |kept: &mut Kept| now.saturating_duration_since(kept.unsealed) >= AGE;
        if self.0.find(blob, now).is_some_and(is_old) {
            self.drop_seed(blob);
        }
        self.0.find(blob, now).map(|kept| &kept.seed)
    }

    /// Keeps the seed of a key without a PIN.
    pub(in crate::tpm) fn keep(&mut self, record: &KeyRecord, seed: Seed, now: Instant) {
        if record.key.protection == Protection::Pin {
            return;
        }
        let line = Line::of(&record.owner);
        drop(self.0.take_surplus(Some(line)));
        let unsealed = now;
        let kept = Kept { seed, unsealed };
        self.0.add(line, record.key.blob.clone(), kept, now);
    }

    pub(in crate::tpm) fn drop_seed(&mut self, blob: &KeyBlob) {
        drop(self.0.take(blob));
    }

    pub(in crate::tpm) fn drop_all(&mut self) {
        while let Some(seed) = self.0.take_any() {
            drop(seed);
        }
    }

    pub(in crate::tpm) fn idle_at(&self) -> Option<Instant> {
        self.0.idle_at()
    }

    pub(in crate::tpm) fn drop_idle(&mut self, now: Instant) {
        while let Some(seed) = self.0.take_idle(now) {
            drop(seed);
        }
    }
}
