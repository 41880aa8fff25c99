//! Seeds that stay in the broker's memory after they were used, so that the next signature needs no
//! TPM.
//!
//! They stay for as long as keys stay loaded behind a resource manager, and leave by the same rule.
//! But a loaded key is gone when the TPM is cleared, and a seed is not: so each is unsealed anew
//! after some time, however often it is used. A key with a PIN is never here: the TPM checks its
//! PIN at each use.
//!
//! Seeds are wiped at once, whatever the thread that owns the TPM does: it may be busy for half a
//! minute, or hang. Must never keep a seed that was asked for before seeds were wiped.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
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

/// Seeds that are ready. Clones share them.
#[derive(Clone)]
pub(in crate::tpm) struct KeptSeeds(Arc<Mutex<Seeds>>);

/// How often seeds had been wiped when one was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tpm) struct Generation(u64);

struct Seeds {
    generation: Generation,
    kept: Residents<Kept>,
}

struct Kept {
    seed: Seed,
    unsealed: Instant,
}

impl Kept {
    fn ends(&self) -> Instant {
        self.unsealed + AGE
    }
}

impl KeptSeeds {
    pub(in crate::tpm) fn new() -> Self {
        Self(Arc::new(Mutex::new(Seeds {
            generation: Generation(0),
            kept: Residents::new(MOST, IDLE),
        })))
    }

    /// Runs `work`, such as a signature, with a seed that is ready; `None` if it is not. A
    /// wipe waits until that is done.
    pub(in crate::tpm) fn with<T>(
        &self,
        blob: &KeyBlob,
        now: Instant,
        work: impl FnOnce(&Seed) -> T,
    ) -> Option<T> {
        let mut seeds = self.lock();
        seeds.drop_idle(now);
        seeds.kept.find(blob, now).map(|kept| work(&kept.seed))
    }

    /// To be asked for before it is looked whether a key may be used.
    pub(in crate::tpm) fn generation(&self) -> Generation {
        self.lock().generation
    }

    /// Keeps the seed of a key without a PIN, unless seeds were wiped since `asked`: then it may be
    /// the one that should have gone.
    pub(in crate::tpm) fn keep(
        &self,
        record: &KeyRecord,
        seed: Seed,
        asked: Generation,
        now: Instant,
    ) {
        let mut seeds = self.lock();
        if record.key.protection == Protection::Pin || seeds.generation != asked {
            return;
        }
        let line = Line::of(&record.owner);
        drop(seeds.kept.take_surplus(Some(line)));
        let unsealed = now;
        let kept = Kept { seed, unsealed };
        let blob = record.key.blob.clone();
        seeds.kept.add(line, blob, kept, now);
    }

    /// Keeps a seed no longer, as it does not serve its key. It may be unsealed anew and kept.
    pub(in crate::tpm) fn drop_seed(&self, blob: &KeyBlob) {
        drop(self.lock().kept.take(blob));
    }

    /// Wipes a seed, and keeps none that was asked for before this.
    pub(in crate::tpm) fn wipe(&self, blob: &KeyBlob) {
        let mut seeds = self.lock();
        seeds.begin_generation();
        drop(seeds.kept.take(blob));
    }

    /// Wipes all seeds, and keeps none that was asked for before this.
    pub(in crate::tpm) fn wipe_all(&self) {
        let mut seeds = self.lock();
        seeds.begin_generation();
        while let Some(seed) = seeds.kept.take_any() {
            drop(seed);
        }
    }

    /// When the next seed leaves.
    pub(in crate::tpm) fn idle_at(&self) -> Option<Instant> {
        let seeds = self.lock();
        let oldest = seeds.kept.places().map(Kept::ends).min();
        [seeds.kept.idle_at(), oldest].into_iter().flatten().min()
    }

    /// Drops the seeds that were not used for too long, and those that were unsealed too long ago.
    pub(in crate::tpm) fn drop_idle(&self, now: Instant) {
        self.lock().drop_idle(now);
    }

    /// A panic elsewhere leaves the seeds whole.
    fn lock(&self) -> MutexGuard<'_, Seeds> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for KeptSeeds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeptSeeds { .. }")
    }
}

impl Seeds {
    fn begin_generation(&mut self) {
        self.generation.0 = self.generation.0.wrapping_add(1);
    }

    fn drop_idle(&mut self, now: Instant) {
        while let Some(seed) = self.kept.take_idle(now) {
            drop(seed);
        }
        while let Some(seed) = self.kept.take_where(|kept| kept.ends() <= now) {
            drop(seed);
        }
    }
}

#[cfg(test)]
mod tests;
