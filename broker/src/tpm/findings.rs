//! What became of derived keys when the TPM derived them last, since it was opened.
//!
//! Nothing but the key itself tells whether its seed is still there, and no key is derived only to
//! be listed. So the broker remembers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sshtpm_core::key::KeyRecord;
use sshtpm_core::ports::Found;
use sshtpm_ssh::fingerprint::Fingerprint;

/// The findings. Its copies share them.
#[derive(Clone, Debug, Default)]
pub(super) struct Findings(Arc<Mutex<HashMap<Fingerprint, Found>>>);

/// More than one TPM is used for between two openings; some 40 bytes each. Beyond that the broker
/// forgets all, and finds out again.
const MOST: usize = 4096;

impl Findings {
    pub(super) fn of(&self, record: &KeyRecord) -> Option<Found> {
        self.lock().get(&record.fingerprint()).copied()
    }

    pub(super) fn note(&self, key: Fingerprint, found: Found) {
        let mut findings = self.lock();
        if findings.len() >= MOST {
            findings.clear();
        }
        findings.insert(key, found);
    }

    /// Another TPM may come, or the same one after a reset.
    pub(super) fn forget(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Fingerprint, Found>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
