//! What PCRs had in them when they were last read.
//!
//! PCRs change while the machine starts, and hardly after that. Lists ask for them, so they are
//! read once in a while and not for each list. They are forgotten when the connection to the TPM
//! ends, because the TPM may have started anew, and when a use of a key shows that they changed. A
//! use that the TPM allows shows what they are.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sshtpm_ssh::pcr::{PcrBank, PcrSelection, PcrValues};

/// How long a value is believed. A person who looks at a list twice sees a change by then.
const AGE: Duration = Duration::from_secs(10);

/// Values of PCRs: at most 24 of each bank. Clones share them.
#[derive(Clone, Debug, Default)]
pub(in crate::tpm) struct KnownPcrs(Arc<Mutex<BTreeMap<(PcrBank, u8), Known>>>);

#[derive(Debug)]
struct Known {
    value: Box<[u8]>,
    read: Instant,
}

impl KnownPcrs {
    /// The values of PCRs; `None` if one of them was not read lately.
    pub(in crate::tpm) fn find(&self, selection: PcrSelection, now: Instant) -> Option<PcrValues> {
        let known = self.lock();
        let value = |index| {
            let one = known.get(&(selection.bank(), index))?;
            (now.saturating_duration_since(one.read) < AGE).then(|| one.value.clone())
        };
        let values = selection.indices().map(value).collect::<Option<Vec<_>>>()?;
        PcrValues::new(selection, &values)
    }

    pub(in crate::tpm) fn remember(&self, values: &PcrValues) {
        let (selection, read) = (values.selection(), Instant::now());
        let mut known = self.lock();
        for (index, value) in selection.indices().zip(values.values()) {
            let value = value.into();
            known.insert((selection.bank(), index), Known { value, read });
        }
    }

    pub(in crate::tpm) fn forget(&self) {
        self.lock().clear();
    }

    /// A panic elsewhere leaves the values whole.
    fn lock(&self) -> MutexGuard<'_, BTreeMap<(PcrBank, u8), Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selection(text: &str) -> PcrSelection {
        text.parse().expect("a selection")
    }

    #[test]
    fn values_are_known_for_a_while_and_until_they_are_forgotten() {
        let known = KnownPcrs::default();
        let values = PcrValues::new(selection("0+7"), &[[1; 32], [2; 32]]).expect("values");
        known.remember(&values);
        let now = Instant::now();
        assert_eq!(known.find(selection("0+7"), now), Some(values));
        let seven = PcrValues::new(selection("7"), &[[2; 32]]);
        assert_eq!(known.find(selection("7"), now), seven);
        assert_eq!(known.find(selection("4+7"), now), None);
        assert_eq!(known.find(selection("7:sha384"), now), None);
        assert_eq!(known.find(selection("7"), now + AGE), None);
        known.forget();
        assert_eq!(known.find(selection("7"), now), None);
    }
}
