//! How often keys were used lately.

use std::collections::HashMap;
use std::time::Duration;

use crate::identity::{Owner, Uid};
use crate::pins::KeyId;

/// From how many uses on, lately, the TPM may keep a key. To put a key there and to take it out
/// takes 13 commands, and each use then saves three.
pub(crate) const ENOUGH: f64 = 20.0;

/// After this time a use counts half. So keys are compared by the last hours.
const HALF: Duration = Duration::from_secs(60 * 60);

/// Keys of one user that are counted: more than one person uses in turn, and few enough that a
/// user with many keys does not take the room of others.
const MOST_OF_USER: usize = 8;

/// Keys of all users that are counted; some 150 kB.
const MOST: usize = 1024;

/// Uses, of which each counts less as time passes.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Frequency {
    uses: f64,
    at: Duration,
}

impl Frequency {
    const NONE: Self = Self {
        uses: 0.0,
        at: Duration::ZERO,
    };

    /// How many uses count now.
    fn now(self, now: Duration) -> f64 {
        let passed = now.saturating_sub(self.at).as_secs_f64();
        self.uses * (-passed / HALF.as_secs_f64()).exp2()
    }

    fn after_a_use(self, now: Duration) -> Self {
        Self {
            uses: self.now(now) + 1.0,
            at: now,
        }
    }
}

/// Those of the keys that are used most.
#[derive(Debug, Default)]
pub(crate) struct Frequencies(HashMap<KeyId, Frequency>);

impl Frequencies {
    /// A key was used. Returns how many uses count now.
    pub(crate) fn count(&mut self, key: KeyId, now: Duration) -> f64 {
        if !self.0.contains_key(&key) {
            self.make_room(&key.0, now);
        }
        let frequency = self.0.entry(key).or_insert(Frequency::NONE);
        *frequency = frequency.after_a_use(now);
        frequency.now(now)
    }

    /// How many uses of a key count now.
    pub(crate) fn of(&self, key: &KeyId, now: Duration) -> f64 {
        let frequency = self.0.get(key);
        frequency.map_or(0.0, |frequency| frequency.now(now))
    }

    /// The keys that were used often enough to be kept.
    pub(crate) fn often_used(&self, now: Duration) -> Vec<(KeyId, f64)> {
        let all = self.0.iter();
        let all = all.map(|(key, frequency)| (key.clone(), frequency.now(now)));
        all.filter(|(_, uses)| *uses >= ENOUGH).collect()
    }

    /// Counts a key from the beginning.
    pub(crate) fn forget(&mut self, key: &KeyId) {
        self.0.remove(key);
    }

    /// One that is used less gives way to a new one, among those of the same user first.
    fn make_room(&mut self, owner: &Owner, now: Duration) {
        let own = self.0.keys().filter(|(other, _)| other == owner).count();
        let goes = if own >= MOST_OF_USER {
            self.least(now, Some(owner.uid()))
        } else if self.0.len() >= MOST {
            self.least(now, None)
        } else {
            None
        };
        if let Some(goes) = goes {
            self.0.remove(&goes);
        }
    }

    fn least(&self, now: Duration, of: Option<Uid>) -> Option<KeyId> {
        let all = self.0.iter();
        let all = all.filter(|((owner, _), _)| of.is_none_or(|uid| owner.uid() == uid));
        let least = all.min_by(|(_, one), (_, other)| one.now(now).total_cmp(&other.now(now)));
        least.map(|(key, _)| key.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::by_use::fixtures::{key, user};

    const START: Duration = Duration::from_secs(7);

    fn use_often(all: &mut Frequencies, key: &KeyId, times: usize, now: Duration) {
        for _ in 0..times {
            all.count(key.clone(), now);
        }
    }

    #[test]
    fn a_use_counts_half_after_an_hour() {
        let (mut all, key) = (Frequencies::default(), key(&user(1000), 1));
        use_often(&mut all, &key, 8, START);
        for (hours, uses) in [(0, 8.0), (1, 4.0), (2, 2.0), (3, 1.0)] {
            let now = START + HALF * hours;
            assert!((all.of(&key, now) - uses).abs() < 1e-9, "{hours}");
        }
        assert!((all.count(key, START + HALF) - 5.0).abs() < 1e-9);
    }

    #[test]
    fn keys_that_are_used_often_are_told() {
        let mut all = Frequencies::default();
        let (much, little) = (key(&user(1000), 1), key(&user(1000), 2));
        use_often(&mut all, &much, 20, START);
        use_often(&mut all, &little, 19, START);
        let often: Vec<_> = all.often_used(START).into_iter().map(|one| one.0).collect();
        assert_eq!(often, [much]);
        assert!(all.often_used(START + HALF).is_empty());
    }

    #[test]
    fn many_keys_of_one_user_take_no_room_of_others() {
        let mut all = Frequencies::default();
        let bobs = key(&user(1001), 1);
        all.count(bobs.clone(), START);
        let favourite = key(&user(1000), 0);
        use_often(&mut all, &favourite, 2, START);
        for number in 1..200_u8 {
            all.count(key(&user(1000), number), START);
        }
        assert_eq!(all.0.len(), MOST_OF_USER + 1);
        assert!(all.of(&bobs, START) > 0.5 && all.of(&favourite, START) > 1.5);
    }

    #[test]
    fn what_is_counted_of_a_whole_machine_is_bounded() {
        let mut all = Frequencies::default();
        let first = key(&user(1), 1);
        use_often(&mut all, &first, 2, START);
        for uid in 2..1_500 {
            all.count(key(&user(uid), 1), START);
        }
        assert_eq!(all.0.len(), MOST);
        assert!(all.of(&first, START) > 1.5);
    }
}
