//! Bounds how many uses are recorded.
//!
//! Every signature is recorded: the TPM bounds how many there are. A refusal costs the client
//! nothing. So of the refusals with one outcome, a user gets [`BURST`] recorded in a [`PERIOD`]. Of
//! the rest, the last one is recorded when the period ends, with the number of those that it stands
//! for.

use std::collections::HashMap;
use std::time::Duration;

use super::{Noted, Outcome, Use};
use crate::identity::Uid;

/// From the first refusal of its kind until all is written down again.
pub(crate) const PERIOD: Duration = Duration::from_secs(60);

/// Refusals of one kind that are written down one by one in a [`PERIOD`]: more than a person makes,
/// or a script that goes through some hosts.
const BURST: u64 = 20;

/// The periods that have begun.
#[derive(Debug, Default)]
pub struct Suppression {
    periods: HashMap<(Uid, Outcome), Period>,
}

#[derive(Debug)]
struct Period {
    /// By a clock that goes on evenly.
    begun: Duration,
    passed: u64,
    /// The last one that was not written down, and how many were not before it.
    kept: Option<Noted>,
}

impl Suppression {
    /// Gives `used` if it is to be recorded at once. Otherwise [`Self::ended`] may give it later.
    pub fn pass(&mut self, used: Use, now: Duration) -> Option<Noted> {
        if used.outcome == Outcome::Signed {
            return Some(Noted { used, more: 0 });
        }
        let kind = (used.owner.uid(), used.outcome);
        let period = self.periods.entry(kind).or_insert_with(|| Period::at(now));
        period.pass(used)
    }

    /// Whether no period has begun.
    pub fn is_empty(&self) -> bool {
        self.periods.is_empty()
    }

    /// What is left to be written down of the periods that are over. To be called again and again
    /// while any has begun, so that none waits for long and a period ends in time.
    pub fn ended(&mut self, now: Duration) -> Vec<Noted> {
        let is_over = |period: &Period| now.saturating_sub(period.begun) >= PERIOD;
        let over = self.periods.extract_if(|_, period| is_over(period));
        over.filter_map(|(_, period)| period.kept).collect()
    }

    /// What is left to be written down at the end of everything.
    pub fn finish(&mut self) -> Vec<Noted> {
        let all = self.periods.drain();
        all.filter_map(|(_, period)| period.kept).collect()
    }
}

impl Period {
    fn at(begun: Duration) -> Self {
        Self {
            begun,
            passed: 0,
            kept: None,
        }
    }

    fn pass(&mut self, used: Use) -> Option<Noted> {
        if self.passed < BURST {
            self.passed += 1;
            return Some(Noted { used, more: 0 });
        }
        let more = self
            .kept
            .take()
            .map_or(0, |kept| kept.more.saturating_add(1));
        self.kept = Some(Noted { used, more });
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::uses::examples::{ALICE, BOB, used};
    use sshtpm_ssh::error_kind::ErrorKind;

    const MINUTE: Duration = PERIOD;

    fn passed(suppression: &mut Suppression, used: Use, times: usize, now: Duration) -> usize {
        let pass = |_| suppression.pass(used.clone(), now);
        (0..times).filter_map(pass).count()
    }

    #[test]
    fn every_signature_is_written_down() {
        let mut suppression = Suppression::default();
        let signed = used(ALICE, Outcome::Signed);
        assert_eq!(passed(&mut suppression, signed, 1000, Duration::ZERO), 1000);
        assert_eq!(suppression.finish(), []);
    }

    #[test]
    fn a_flood_of_refusals_is_twenty_entries_and_one_that_counts_the_rest() {
        let mut suppression = Suppression::default();
        let refused = used(ALICE, Outcome::NotSigned(ErrorKind::NotAuthorized));
        let at_once = passed(&mut suppression, refused.clone(), 1000, Duration::ZERO);
        assert_eq!(at_once, 20);
        assert_eq!(suppression.ended(MINUTE / 2), [], "the period goes on");
        let last = Noted {
            used: refused.clone(),
            more: 979,
        };
        assert_eq!(suppression.ended(MINUTE), [last]);
        assert_eq!(suppression.ended(MINUTE), [], "once");
        assert_eq!(passed(&mut suppression, refused, 1, MINUTE), 1, "a new one");
    }

    #[test]
    fn what_is_kept_is_the_last_of_them() {
        let mut suppression = Suppression::default();
        let at = |time| Use {
            time,
            ..used(ALICE, Outcome::NotSigned(ErrorKind::PinRequired))
        };
        for time in 0..50 {
            suppression.pass(at(time), Duration::ZERO);
        }
        assert_eq!(
            suppression.finish(),
            [Noted {
                used: at(49),
                more: 29
            }]
        );
    }

    #[test]
    fn neither_another_user_nor_another_outcome_is_left_out_for_it() {
        let mut suppression = Suppression::default();
        passed(
            &mut suppression,
            used(ALICE, Outcome::NotSigned(ErrorKind::NotAuthorized)),
            1000,
            MINUTE,
        );
        for other in [
            used(BOB, Outcome::NotSigned(ErrorKind::NotAuthorized)),
            used(ALICE, Outcome::NotSigned(ErrorKind::KeyLost)),
            used(ALICE, Outcome::Signed),
        ] {
            assert!(suppression.pass(other, MINUTE).is_some());
        }
    }

    #[test]
    fn what_is_over_takes_no_memory() {
        let mut suppression = Suppression::default();
        suppression.pass(
            used(ALICE, Outcome::NotSigned(ErrorKind::NotAuthorized)),
            Duration::ZERO,
        );
        assert_eq!(suppression.ended(MINUTE), []);
        assert!(suppression.is_empty());
    }
}
