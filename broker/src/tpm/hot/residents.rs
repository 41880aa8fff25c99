//! Which keys are kept ready, for which owners, and which one leaves next.
//!
//! The least recently used key of the user with the most keys leaves, so that a user who uses many
//! keys in turn does not push out sshd's. Keys are found by their blob, so a key with a changed
//! PIN is another key.

use std::time::{Duration, Instant};

use sshtpm_core::key::KeyBlob;
use sshtpm_core::queue::Line;

/// Keys that are kept ready, each with what it takes to use it.
#[derive(Debug)]
pub(in crate::tpm) struct Residents<T> {
    most: usize,
    idle: Duration,
    /// The least recently used first.
    all: Vec<Resident<T>>,
}

/// One of them.
#[derive(Debug)]
pub(in crate::tpm) struct Resident<T> {
    /// Whose it is.
    pub(in crate::tpm) line: Line,
    pub(in crate::tpm) blob: KeyBlob,
    used: Instant,
    /// What it takes to use it.
    pub(in crate::tpm) place: T,
}

impl<T> Residents<T> {
    /// At most `most` keys; each leaves when it was not used for `idle`.
    pub(in crate::tpm) fn new(most: usize, idle: Duration) -> Self {
        Self {
            most,
            idle,
            all: Vec::new(),
        }
    }

    /// Finds a key, and marks it as used now.
    pub(in crate::tpm) fn find(&mut self, blob: &KeyBlob, now: Instant) -> Option<&mut T> {
        let mut found = self.all.remove(self.position(blob)?);
        found.used = now;
        self.all.push(found);
        self.all.last_mut().map(|resident| &mut resident.place)
    }

    /// Finds a key without marking it as used.
    pub(in crate::tpm) fn look(&self, blob: &KeyBlob) -> Option<&T> {
        let found = self.all.get(self.position(blob)?);
        found.map(|resident| &resident.place)
    }

    /// Adds a key. The caller has made room for it.
    pub(in crate::tpm) fn add(&mut self, line: Line, blob: KeyBlob, place: T, now: Instant) {
        self.all.push(Resident {
            line,
            blob,
            used: now,
            place,
        });
    }

    pub(in crate::tpm) fn take(&mut self, blob: &KeyBlob) -> Option<T> {
        let position = self.position(blob)?;
        Some(self.all.remove(position).place)
    }

    /// The key that has to leave so that there is a free place, for a key of `coming` or for
    /// something else; `None` if there is one.
    pub(in crate::tpm) fn take_surplus(&mut self, coming: Option<Line>) -> Option<Resident<T>> {
        if self.all.len() < self.most {
            return None;
        }
        let share = |line| {
            let present = self.all.iter().filter(|one| one.line == line).count();
            present + usize::from(coming == Some(line))
        };
        let largest = self.all.iter().map(|one| share(one.line)).max();
        let leaving = |one: &Resident<T>| Some(share(one.line)) == largest;
        let position = self.all.iter().position(leaving)?;
        Some(self.all.remove(position))
    }

    /// A key that has been idle too long and has to leave.
    pub(in crate::tpm) fn take_idle(&mut self, now: Instant) -> Option<T> {
        let is_idle = self.idle_at().is_some_and(|then| then <= now);
        is_idle.then(|| self.take_any()).flatten()
    }

    /// A key of which this is so.
    pub(in crate::tpm) fn take_where(&mut self, is: impl Fn(&T) -> bool) -> Option<T> {
        let position = self.all.iter().position(|one| is(&one.place))?;
        Some(self.all.remove(position).place)
    }

    /// A key that is not that of `blob`.
    pub(in crate::tpm) fn take_other(&mut self, blob: &KeyBlob) -> Option<T> {
        let position = self.all.iter().position(|one| one.blob != *blob)?;
        Some(self.all.remove(position).place)
    }

    /// What it takes to use each key.
    pub(in crate::tpm) fn places(&self) -> impl Iterator<Item = &T> {
        self.all.iter().map(|one| &one.place)
    }

    pub(in crate::tpm) fn take_any(&mut self) -> Option<T> {
        (!self.all.is_empty()).then(|| self.all.remove(0).place)
    }

    /// When the next key leaves, if none is used before that.
    pub(in crate::tpm) fn idle_at(&self) -> Option<Instant> {
        self.all.first().map(|one| one.used + self.idle)
    }

    fn position(&self, blob: &KeyBlob) -> Option<usize> {
        self.all.iter().position(|one| one.blob == *blob)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sshtpm_core::identity::Uid;

    const IDLE: Duration = Duration::from_secs(10);
    const ALICE: Line = Line::User(Uid(1000));
    const BOB: Line = Line::User(Uid(1001));

    fn blob(number: u8) -> KeyBlob {
        KeyBlob {
            public: [0, 1, number].into(),
            private: [0, 1, number].into(),
        }
    }

    fn after(seconds: u64) -> impl Fn(Instant) -> Instant {
        move |start| start + Duration::from_secs(seconds)
    }

    /// Brings a key in, as it is used, and says which one left for it.
    fn bring(residents: &mut Residents<u8>, line: Line, number: u8, now: Instant) -> Option<u8> {
        if residents.find(&blob(number), now).is_some() {
            return None;
        }
        let left = residents.take_surplus(Some(line));
        residents.add(line, blob(number), number, now);
        left.map(|left| left.place)
    }

    #[test]
    fn what_was_brought_in_is_found_and_nothing_else() {
        let (mut residents, now) = (Residents::new(2, IDLE), Instant::now());
        assert_eq!(bring(&mut residents, ALICE, 1, now), None);
        assert_eq!(residents.find(&blob(1), now), Some(&mut 1));
        assert_eq!(residents.find(&blob(2), now), None);
    }

    #[test]
    fn a_key_with_a_changed_pin_is_another_key() {
        let (mut residents, now) = (Residents::new(2, IDLE), Instant::now());
        bring(&mut residents, ALICE, 1, now);
        let changed = KeyBlob {
            private: [0, 1, 7].into(),
            ..blob(1)
        };
        assert_eq!(residents.find(&changed, now), None);
    }

    #[test]
    fn of_one_users_keys_the_least_recently_used_one_leaves() {
        let (mut residents, now) = (Residents::new(2, IDLE), Instant::now());
        bring(&mut residents, ALICE, 1, now);
        bring(&mut residents, ALICE, 2, now);
        bring(&mut residents, ALICE, 1, now);
        assert_eq!(bring(&mut residents, ALICE, 3, now), Some(2));
        assert_eq!(bring(&mut residents, ALICE, 4, now), Some(1));
    }

    #[test]
    fn a_user_who_uses_many_keys_in_turn_pushes_out_ones_own() {
        let (mut residents, now) = (Residents::new(2, IDLE), Instant::now());
        bring(&mut residents, Line::Host, 100, now);
        bring(&mut residents, ALICE, 0, now);
        for number in 1..50 {
            assert_eq!(
                bring(&mut residents, ALICE, number, now),
                Some(number - 1),
                "alice's last"
            );
        }
        assert_eq!(bring(&mut residents, Line::Host, 100, now), None);
    }

    #[test]
    fn who_has_the_most_makes_room_for_who_has_none() {
        let (mut residents, now) = (Residents::new(4, IDLE), Instant::now());
        bring(&mut residents, BOB, 100, now);
        for number in 0..3 {
            bring(&mut residents, ALICE, number, now);
        }
        assert_eq!(bring(&mut residents, Line::Host, 200, now), Some(0));
        assert_eq!(bring(&mut residents, BOB, 101, now), Some(100), "two each");
    }

    #[test]
    fn for_something_that_is_no_key_room_is_made_as_well() {
        let (mut residents, now) = (Residents::new(2, IDLE), Instant::now());
        let surplus = |residents: &mut Residents<u8>| {
            let left = residents.take_surplus(None);
            left.map(|left| left.place)
        };
        assert_eq!(surplus(&mut residents), None);
        bring(&mut residents, ALICE, 1, now);
        assert_eq!(surplus(&mut residents), None);
        bring(&mut residents, BOB, 2, now);
        assert_eq!(surplus(&mut residents), Some(1));
        assert_eq!(surplus(&mut residents), None);
    }

    #[test]
    fn a_key_goes_when_it_was_idle_and_stays_when_it_was_used() {
        let (mut residents, start) = (Residents::new(2, IDLE), Instant::now());
        assert_eq!(residents.idle_at(), None);
        bring(&mut residents, ALICE, 1, start);
        bring(&mut residents, ALICE, 2, start);
        bring(&mut residents, ALICE, 1, after(5)(start));
        assert_eq!(residents.idle_at(), Some(after(10)(start)));
        assert_eq!(residents.take_idle(after(9)(start)), None);
        assert_eq!(residents.take_idle(after(10)(start)), Some(2));
        assert_eq!(residents.take_idle(after(10)(start)), None);
        assert_eq!(residents.idle_at(), Some(after(15)(start)));
    }

    #[test]
    fn all_others_leave_and_one_stays() {
        let (mut residents, now) = (Residents::new(3, IDLE), Instant::now());
        for number in 0..3 {
            bring(&mut residents, ALICE, number, now);
        }
        assert_eq!(residents.take_other(&blob(1)), Some(0));
        assert_eq!(residents.take_other(&blob(1)), Some(2));
        assert_eq!(residents.take_other(&blob(1)), None);
        assert_eq!(residents.find(&blob(1), now), Some(&mut 1));
    }

    #[test]
    fn what_was_taken_is_not_there_any_more() {
        let (mut residents, now) = (Residents::new(2, IDLE), Instant::now());
        bring(&mut residents, ALICE, 1, now);
        bring(&mut residents, ALICE, 2, now);
        assert_eq!(residents.take(&blob(1)), Some(1));
        assert_eq!(residents.take(&blob(1)), None);
        assert_eq!(residents.take_any(), Some(2));
        assert_eq!(residents.take_any(), None);
    }
}
