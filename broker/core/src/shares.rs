//! Places that go to the first who ask, and that some users together cannot take from all others.
//!
//! Nobody waits here, as in `places`. Once half of the places are taken, a user may have fewer of
//! them. So a few users can take the first half, and only many users the other one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::identity::Uid;

/// Places of all users together, and of each of them. Cloning shares them.
#[derive(Clone, Debug)]
pub struct Shares {
    bounds: Bounds,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Debug, Default)]
struct Taken {
    in_all: usize,
    of_users: HashMap<Uid, usize>,
}

/// How many places there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Of one user.
    pub per_user: usize,
    /// Of one user, once half of all are taken.
    pub when_crowded: usize,
    /// Of all users together.
    pub in_all: usize,
}

/// Why there is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// The user has this many, the most at the moment.
    OfUser(usize),
    /// All users together have this many, the most.
    InAll(usize),
}

/// A place, taken until this is dropped.
#[derive(Debug)]
#[must_use = "the place is free again as soon as this is dropped"]
pub struct Share {
    shares: Shares,
    uid: Uid,
}

impl Bounds {
    /// Whether a user who has `own` places can have another one, while `taken` are taken in all.
    ///
    /// # Errors
    ///
    /// Why not.
    pub fn allow(self, own: usize, taken: usize) -> Result<(), Full> {
        let per_user = match taken < self.in_all.div_ceil(2) {
            true => self.per_user,
            false => self.when_crowded,
        };
        if own >= per_user {
            Err(Full::OfUser(per_user))
        } else if taken >= self.in_all {
            Err(Full::InAll(self.in_all))
        } else {
            Ok(())
        }
    }
}

impl Shares {
    /// Places within `bounds`, all of them free.
    pub fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            taken: Arc::default(),
        }
    }

    /// Takes a place for `uid`.
    ///
    /// # Errors
    ///
    /// There is none for this user.
    pub fn take(&self, uid: Uid) -> Result<Share, Full> {
        let mut taken = self.lock();
        let own = taken.of_users.get(&uid).copied().unwrap_or(0);
        self.bounds.allow(own, taken.in_all)?;
        taken.in_all += 1;
        taken.of_users.insert(uid, own + 1);
        Ok(Share {
            shares: self.clone(),
            uid,
        })
    }

    /// Each change is whole, so a panic elsewhere does not matter.
    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut taken = self.shares.lock();
        taken.in_all = taken.in_all.saturating_sub(1);
        match taken.of_users.get_mut(&self.uid) {
            Some(own) if *own > 1 => *own -= 1,
            _ => {
                taken.of_users.remove(&self.uid);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALICE: Uid = Uid(1000);
    const BOUNDS: Bounds = Bounds {
        per_user: 4,
        when_crowded: 1,
        in_all: 32,
    };

    /// All that `uid` can take.
    fn crowd(shares: &Shares, uid: u32) -> Vec<Share> {
        std::iter::from_fn(|| shares.take(Uid(uid)).ok()).collect()
    }

    #[test]
    fn a_user_alone_has_as_many_places_as_a_user_may_have() {
        let shares = Shares::new(BOUNDS);
        let held = crowd(&shares, 1);
        assert_eq!(held.len(), 4);
        assert_eq!(shares.take(Uid(1)).err(), Some(Full::OfUser(4)));
        drop(held);
        assert_eq!(crowd(&shares, 1).len(), 4);
    }

    #[test]
    fn users_who_take_all_they_can_leave_a_place_for_another() {
        let shares = Shares::new(BOUNDS);
        // Eight users would have all places if each had four.
        let held: Vec<_> = (1..20).flat_map(|uid| crowd(&shares, uid)).collect();
        assert_eq!(held.len(), 31);
        assert!(shares.take(ALICE).is_ok());
    }

    #[test]
    fn no_more_places_are_taken_than_there_are() {
        let shares = Shares::new(BOUNDS);
        let held: Vec<_> = (1..100).flat_map(|uid| crowd(&shares, uid)).collect();
        assert_eq!(held.len(), 32);
        assert_eq!(shares.take(ALICE).err(), Some(Full::InAll(32)));
    }

    #[test]
    fn a_user_with_many_places_gets_another_once_few_are_taken() {
        let shares = Shares::new(BOUNDS);
        let mut own = crowd(&shares, 1);
        let others: Vec<_> = (2..5).flat_map(|uid| crowd(&shares, uid)).collect();
        drop(own.pop());
        assert!(shares.take(Uid(1)).is_ok(), "half of them are not taken");
        let _last = shares.take(ALICE);
        assert_eq!(shares.take(Uid(1)).err(), Some(Full::OfUser(1)));
        drop(others);
        assert!(shares.take(Uid(1)).is_ok());
    }

    #[test]
    fn a_single_place_goes_to_one_user() {
        let shares = Shares::new(Bounds {
            per_user: 1,
            when_crowded: 1,
            in_all: 1,
        });
        let _place = shares.take(Uid(1)).expect("a place");
        assert_eq!(shares.take(ALICE).err(), Some(Full::InAll(1)));
    }
}
