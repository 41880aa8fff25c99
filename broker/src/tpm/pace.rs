//! How long this TPM takes for a signature, as the first ones since the broker's start show.
//!
//! Once there is a figure it stays: a chip does not become faster, and a figure that went on
//! changing would show every process when others sign.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ssh_key::EcdsaCurve;

use sshtpm_core::key::{KeyRecord, Protection};
use sshtpm_ssh::algorithm::Algorithm;

/// The times. Its copies share them.
#[derive(Clone, Debug, Default)]
pub(super) struct Pace(Arc<Mutex<Vec<Duration>>>);

/// So many give a figure: a median of fifteen leaves out seven that were disturbed.
const ENOUGH: usize = 15;

impl Pace {
    /// Notes what a signature by a key that was ready took, if there is no figure yet. Only P-256
    /// keys without a PIN and without PCRs can be compared: the others need more than one command.
    pub(super) fn note(&self, record: &KeyRecord, took: Option<Duration>) {
        let is_plain = record.algorithm == Algorithm::Ecdsa(EcdsaCurve::NistP256)
            && record.key.protection == Protection::Nothing
            && record.key.pcrs.is_none();
        if let (true, Some(took)) = (is_plain, took) {
            self.add(took);
        }
    }

    fn add(&self, took: Duration) {
        let mut times = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if times.len() < ENOUGH {
            times.push(took);
            times.sort_unstable();
        }
    }

    /// The median; `None` until there are enough.
    pub(super) fn median(&self) -> Option<Duration> {
        let times = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_enough = times.len() == ENOUGH;
        is_enough.then(|| times.get(ENOUGH / 2).copied()).flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(times: impl IntoIterator<Item = u64>) -> Option<Duration> {
        let pace = Pace::default();
        for time in times {
            pace.add(Duration::from_millis(time));
        }
        pace.median()
    }

    #[test]
    fn few_signatures_give_no_figure() {
        assert_eq!(after(1..15), None);
    }

    #[test]
    fn disturbed_signatures_do_not_count() {
        let disturbed = [900; 7].into_iter().chain([70; 8]);
        assert_eq!(after(disturbed), Some(Duration::from_millis(70)));
    }

    #[test]
    fn later_signatures_change_nothing() {
        let times = [70; 15].into_iter().chain([20; 100]);
        assert_eq!(after(times), Some(Duration::from_millis(70)));
    }
}
