//! Saved contexts of keys that take turns in the chip's slots.
//!
//! TPM2_ContextLoad is quicker than TPM2_Load: the TPM need not load the parent, nor check that
//! both halves of the key fit. A context is of use to the TPM that saved it alone, and until that
//! is reset or cleared. It is in the broker's memory and nowhere else. A key without a context, or
//! with one that the TPM no longer takes, is loaded from its blob.
//!
//! Specs: TPM 2.0 Part 1, "Context Management"; Part 3, §28.2 (TPM2_ContextSave) and §28.3
//! (TPM2_ContextLoad).

use std::time::{Duration, Instant};

use tss_esapi::handles::KeyHandle;
use tss_esapi::utils::TpmsContext;

use super::super::connection::Connection;
use super::super::failure::{Failure, sort};
use super::residents::{Resident, Residents};
use sshtpm_core::key::KeyBlob;

/// Contexts, of some 5 KiB each: as many as one user has keys by default.
const MOST: usize = 64;

/// As long as a key stays loaded behind a resource manager.
const IDLE: Duration = Duration::from_secs(15 * 60);

/// The keys that left lately, and the contexts of those that came back.
pub(super) struct Saved(Residents<Option<TpmsContext>>);

impl Saved {
    pub(super) fn new() -> Self {
        Self(Residents::new(MOST, IDLE))
    }

    /// Whether there is a context of a key.
    pub(super) fn has(&self, blob: &KeyBlob) -> bool {
        self.0.look(blob).is_some_and(Option::is_some)
    }

    /// Loads a key by its context. `None` if it has none, or the TPM does not take it.
    ///
    /// # Errors
    ///
    /// The slots are full, or the TPM is gone.
    pub(super) fn load(
        &mut self,
        base: &mut Connection,
        blob: &KeyBlob,
        now: Instant,
    ) -> Result<Option<KeyHandle>, Failure> {
        let Some(context) = self.0.find(blob, now).cloned().flatten() else {
            return Ok(None);
        };
        let loaded = base.context().context_load(context);
        match loaded.map_err(sort("TPM2_ContextLoad")) {
            Ok(key) => Ok(Some(key.into())),
            Err(failure @ (Failure::Gone(_) | Failure::Exhausted(_))) => Err(failure),
            Err(failure) => {
                tracing::debug!(%failure, "a saved key is no longer of use");
                self.forget(blob);
                Ok(None)
            }
        }
    }

    /// A key leaves. Returns whether its context is to be saved first: if it leaves for the second
    /// time. To save one takes two commands, which are lost with a key that never comes back.
    pub(super) fn key_leaves(&mut self, leaving: &Resident<KeyHandle>, now: Instant) -> bool {
        match self.0.find(&leaving.blob, now) {
            None => {
                let line = leaving.line;
                drop(self.0.take_surplus(Some(line)));
                self.0.add(line, leaving.blob.clone(), None, now);
                false
            }
            Some(context) => context.is_none(),
        }
    }

    /// Saves the context of a key that leaves. The caller has looked whether the handle is still
    /// that of the key: with the context of another object, the key would not come back, and that
    /// object would.
    ///
    /// # Errors
    ///
    /// The TPM is gone.
    pub(super) fn save(
        &mut self,
        base: &mut Connection,
        leaving: &Resident<KeyHandle>,
        now: Instant,
    ) -> Result<(), Failure> {
        let saved = save(base, leaving.place)?;
        if let Some(context) = self.0.find(&leaving.blob, now) {
            *context = saved;
        }
        Ok(())
    }

    pub(super) fn forget(&mut self, blob: &KeyBlob) {
        drop(self.0.take(blob));
    }

    pub(super) fn idle_at(&self) -> Option<Instant> {
        self.0.idle_at()
    }

    pub(super) fn drop_idle(&mut self, now: Instant) {
        while let Some(left) = self.0.take_idle(now) {
            drop(left);
        }
    }
}

/// `None` if the TPM does not save it: then the key is loaded from its blob, as before.
fn save(base: &mut Connection, key: KeyHandle) -> Result<Option<TpmsContext>, Failure> {
    let saved = base.context().context_save(key.into());
    match saved.map_err(sort("TPM2_ContextSave")) {
        Ok(context) => Ok(Some(context)),
        Err(gone @ Failure::Gone(_)) => Err(gone),
        Err(failure) => {
            tracing::debug!(%failure, "a key was not saved");
            Ok(None)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sshtpm_core::identity::Uid;
    use sshtpm_core::queue::Line;

    /// A key that leaves.
    fn leaving(now: Instant) -> Resident<KeyHandle> {
        let blob = KeyBlob {
            public: [0, 1, 7].into(),
            private: [0, 1, 7].into(),
        };
        let mut ready = Residents::new(1, IDLE);
        ready.add(Line::User(Uid(1000)), blob, KeyHandle::from(1), now);
        ready.take_surplus(None).expect("one has to leave")
    }

    #[test]
    fn a_key_is_to_be_saved_when_it_leaves_for_the_second_time() {
        let (mut saved, now) = (Saved::new(), Instant::now());
        assert!(!saved.key_leaves(&leaving(now), now));
        assert!(saved.key_leaves(&leaving(now), now));
    }

    #[test]
    fn a_key_that_left_long_ago_is_forgotten_and_leaves_for_the_first_time() {
        let (mut saved, now) = (Saved::new(), Instant::now());
        assert!(!saved.key_leaves(&leaving(now), now));
        let later = now + IDLE;
        saved.drop_idle(later);
        assert_eq!(saved.idle_at(), None);
        assert!(!saved.key_leaves(&leaving(later), later));
    }
}
