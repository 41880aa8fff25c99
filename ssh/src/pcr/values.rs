//! What PCRs had in them at one moment.

use sha2::{Digest as _, Sha256};

use super::selection::PcrSelection;

/// The values of the PCRs of a selection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PcrValues {
    selection: PcrSelection,
    /// One after the other, in the order of their numbers.
    values: Box<[u8]>,
}

impl PcrValues {
    /// `values` in the order of their numbers, each of as many bytes as a digest of the bank.
    /// `None`: they are more or fewer, or of another length.
    pub fn new<V: AsRef<[u8]>>(selection: PcrSelection, values: &[V]) -> Option<Self> {
        let bytes = selection.bank().digest_bytes();
        let fit = values.len() == selection.indices().count()
            && values.iter().all(|value| value.as_ref().len() == bytes);
        let values: Vec<u8> = values.iter().flat_map(AsRef::as_ref).copied().collect();
        fit.then(|| Self {
            selection,
            values: values.into(),
        })
    }

    /// The PCRs.
    pub fn selection(&self) -> PcrSelection {
        self.selection
    }

    /// The values, in the order of their numbers.
    pub fn values(&self) -> impl Iterator<Item = &[u8]> {
        self.values.chunks(self.selection.bank().digest_bytes())
    }

    /// The value of one PCR; `None` if it is not among these.
    pub fn value(&self, index: u8) -> Option<&[u8]> {
        self.selection.contains(index).then_some(())?;
        let before = self.selection.indices().take_while(|one| *one < index);
        self.values().nth(before.count())
    }

    /// The numbers of those PCRs that `now` has with another value.
    pub fn changed(&self, now: &Self) -> Vec<u8> {
        let is_same_bank = self.selection.bank() == now.selection.bank();
        let changed = |index: &u8| match (self.value(*index), now.value(*index)) {
            (Some(then), Some(now)) => is_same_bank && then != now,
            _ => false,
        };
        self.selection.indices().filter(changed).collect()
    }

    /// The digest that TPM2_PolicyPCR compares: by the hash of the policy session, SHA-256.
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(&self.values).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selection(text: &str) -> PcrSelection {
        text.parse().expect("a selection")
    }

    #[test]
    fn values_fit_a_selection_or_are_none() {
        let two = selection("0+7");
        assert!(PcrValues::new(two, &[[1; 32], [2; 32]]).is_some());
        assert!(PcrValues::new(two, &[[1; 32]]).is_none());
        assert!(PcrValues::new(two, &[[1; 32], [2; 32], [3; 32]]).is_none());
        assert!(PcrValues::new(two, &[[1; 20], [2; 20]]).is_none());
        assert!(PcrValues::new(selection("0+7:sha384"), &[[1; 48], [2; 48]]).is_some());
    }

    #[test]
    fn a_changed_pcr_is_named() {
        let then = PcrValues::new(selection("0+7"), &[[1; 32], [2; 32]]).expect("values");
        let now = |text, values: &[[u8; 32]]| PcrValues::new(selection(text), values);
        let wider = now("0+4+7", &[[1; 32], [9; 32], [3; 32]]).expect("values");
        assert_eq!(then.changed(&wider), [7]);
        assert!(then.changed(&then).is_empty());
        let other = now("7", &[[2; 32]]).expect("values");
        assert!(then.changed(&other).is_empty(), "0 is not known");
        let other = PcrValues::new(selection("0+7:sha384"), &[[9; 48], [9; 48]]);
        assert!(then.changed(&other.expect("values")).is_empty());
    }
}
