//! How many keys were generated for each user within an hour.
//!
//! A key counts for an hour even if it is deleted: generating it kept the TPM as busy.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::identity::Uid;

/// How long a key counts.
const HOUR: Duration = Duration::from_secs(60 * 60);

/// When each user had something made, the oldest first, in the time of
/// [`crate::ports::Clock::since_boot`].
#[derive(Clone, Debug, Default)]
pub(crate) struct Hourly {
    made: Arc<Mutex<HashMap<Uid, VecDeque<Duration>>>>,
}

/// One that was counted.
#[derive(Debug)]
#[must_use = "what was not made after all is taken back"]
pub(crate) struct Counted {
    hourly: Hourly,
    uid: Uid,
    at: Duration,
}

impl Hourly {
    /// Counts one more for `uid`, of which there can be `at_most` in an hour.
    ///
    /// # Errors
    ///
    /// There were as many; there is room again after this time.
    pub(crate) fn count(
        &self,
        uid: Uid,
        at_most: usize,
        now: Duration,
    ) -> Result<Counted, Duration> {
        let mut made = self.made_by(now);
        let own = made.entry(uid).or_default();
        // Where the limit was lowered, more than one has to be forgotten.
        let excess = (own.len() + 1).checked_sub(at_most);
        if let Some(last_of_excess) = excess.and_then(|excess| own.get(excess.checked_sub(1)?)) {
            return Err((*last_of_excess + HOUR).saturating_sub(now));
        }
        own.push_back(now);
        Ok(Counted {
            hourly: self.clone(),
            uid,
            at: now,
        })
    }

    /// Users for whom something was made within the hour.
    pub(crate) fn users(&self, now: Duration) -> BTreeSet<Uid> {
        self.made_by(now).keys().copied().collect()
    }

    /// When what counts of `uid` was made.
    pub(crate) fn times_of(&self, uid: Uid, now: Duration) -> Vec<Duration> {
        let made = self.made_by(now);
        let own = made.get(&uid);
        own.map_or_else(Vec::new, |own| own.iter().copied().collect())
    }

    /// Counts what was made for `uid` before the broker started.
    pub(crate) fn restore(&self, uid: Uid, times: Vec<Duration>) {
        self.lock().insert(uid, times.into());
    }

    /// What was made within an hour before `now`.
    fn made_by(&self, now: Duration) -> MutexGuard<'_, HashMap<Uid, VecDeque<Duration>>> {
        let mut made = self.lock();
        made.retain(|_, times| {
            times.retain(|time| now.saturating_sub(*time) < HOUR);
            !times.is_empty()
        });
        made
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Uid, VecDeque<Duration>>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counted {
    /// The key was not generated after all.
    pub(crate) fn take_back(self) {
        if let Some(own) = self.hourly.lock().get_mut(&self.uid)
            && let Some(place) = own.iter().position(|time| *time == self.at)
        {
            own.remove(place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALICE: Uid = Uid(1000);
    const BOB: Uid = Uid(1001);
    const MINUTE: Duration = Duration::from_secs(60);

    fn refused(counted: Result<Counted, Duration>) -> Duration {
        counted.expect_err("it is one too many")
    }

    #[test]
    fn one_too_many_is_refused_until_the_first_is_an_hour_old() {
        let (hourly, start) = (Hourly::default(), Duration::from_secs(7));
        for minutes in [0, 10] {
            let counted = hourly.count(ALICE, 2, start + MINUTE * minutes);
            assert!(counted.is_ok());
        }
        let now = start + MINUTE * 20;
        assert_eq!(refused(hourly.count(ALICE, 2, now)), MINUTE * 40);
        let last = start + HOUR - MINUTE;
        assert_eq!(refused(hourly.count(ALICE, 2, last)), MINUTE);
        assert!(hourly.count(ALICE, 2, start + HOUR).is_ok());
        let wait = refused(hourly.count(ALICE, 2, start + HOUR));
        assert_eq!(wait, MINUTE * 10);
    }

    #[test]
    fn what_is_refused_does_not_count() {
        let (hourly, start) = (Hourly::default(), Duration::from_secs(7));
        assert!(hourly.count(ALICE, 1, start).is_ok());
        for minutes in 1..60 {
            refused(hourly.count(ALICE, 1, start + MINUTE * minutes));
        }
        assert!(hourly.count(ALICE, 1, start + HOUR).is_ok());
    }

    #[test]
    fn one_user_does_not_take_the_places_of_another() {
        let (hourly, now) = (Hourly::default(), Duration::from_secs(7));
        assert!(hourly.count(ALICE, 1, now).is_ok());
        assert!(hourly.count(BOB, 1, now).is_ok());
    }

    #[test]
    fn what_was_not_made_makes_room() {
        let (hourly, now) = (Hourly::default(), Duration::from_secs(7));
        hourly.count(ALICE, 1, now).expect("room").take_back();
        assert!(hourly.count(ALICE, 1, now).is_ok());
    }

    #[test]
    fn under_a_lower_limit_one_waits_until_enough_is_forgotten() {
        let (hourly, start) = (Hourly::default(), Duration::from_secs(7));
        for minutes in [0, 10, 20] {
            let counted = hourly.count(ALICE, 3, start + MINUTE * minutes);
            assert!(counted.is_ok());
        }
        let now = start + MINUTE * 30;
        assert_eq!(refused(hourly.count(ALICE, 1, now)), MINUTE * 50);
        assert_eq!(refused(hourly.count(ALICE, 2, now)), MINUTE * 40);
    }

    #[test]
    fn what_was_made_before_a_restart_counts() {
        let (hourly, start) = (Hourly::default(), MINUTE);
        for minutes in [0, 10] {
            let counted = hourly.count(ALICE, 2, start + MINUTE * minutes);
            assert!(counted.is_ok());
        }
        let now = start + MINUTE * 20;
        let next = Hourly::default();
        next.restore(ALICE, hourly.times_of(ALICE, now));
        assert_eq!(next.users(now).into_iter().collect::<Vec<_>>(), [ALICE]);
        assert_eq!(refused(next.count(ALICE, 2, now)), MINUTE * 40);
        assert!(next.users(start + MINUTE * 70).is_empty());
    }

    #[test]
    fn users_of_the_past_are_forgotten() {
        let (hourly, start) = (Hourly::default(), Duration::from_secs(7));
        assert!(hourly.count(ALICE, 1, start).is_ok());
        assert!(hourly.count(BOB, 1, start + HOUR).is_ok());
        assert_eq!(hourly.lock().len(), 1);
    }
}
