//! Places for questions to polkit.
//!
//! polkitd answers one question after the other, in the order in which they come. So each user has
//! few questions there at a time, and that user's other questions wait here. A user with just one
//! question then waits for few of the others'.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

use sshtpm_core::identity::Uid;

/// Places of each user, and of all of them together.
#[derive(Debug)]
pub(super) struct Places {
    in_all: Arc<Semaphore>,
    per_user: usize,
    /// The places of users with a question now.
    of_users: Mutex<HashMap<Uid, Weak<Semaphore>>>,
}

/// A place, taken until this is dropped.
#[derive(Debug)]
#[must_use = "the place is free again as soon as this is dropped"]
pub(super) struct Place {
    _of_user: OwnedSemaphorePermit,
    _of_all: OwnedSemaphorePermit,
}

impl Places {
    pub(super) fn new(in_all: usize, per_user: usize) -> Self {
        Self {
            in_all: Arc::new(Semaphore::new(in_all)),
            per_user,
            of_users: Mutex::default(),
        }
    }

    /// Takes a place for `uid`, and waits for one if it has to.
    ///
    /// # Errors
    ///
    /// The broker is stopping.
    pub(super) async fn take(&self, uid: Uid) -> Result<Place, AcquireError> {
        // First the user's own place, so that no waiting question holds a shared one.
        let of_user = self.of_user(uid).acquire_owned().await?;
        let of_all = Arc::clone(&self.in_all).acquire_owned().await?;
        Ok(Place {
            _of_user: of_user,
            _of_all: of_all,
        })
    }

    fn of_user(&self, uid: Uid) -> Arc<Semaphore> {
        let mut of_users = self.of_users.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(there) = of_users.get(&uid).and_then(Weak::upgrade) {
            return there;
        }
        of_users.retain(|_, places| places.strong_count() > 0);
        let new = Arc::new(Semaphore::new(self.per_user));
        of_users.insert(uid, Arc::downgrade(&new));
        new
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    const ALICE: Uid = Uid(1000);
    const BOB: Uid = Uid(1001);

    fn take_now(places: &Places, uid: Uid) -> Option<Place> {
        places
            .take(uid)
            .now_or_never()
            .map(|place| place.expect("open"))
    }

    #[test]
    fn a_user_who_asks_much_does_not_keep_others_waiting() {
        let places = Places::new(8, 2);
        let held: Vec<_> = (0..2).map(|_| take_now(&places, ALICE)).collect();
        let mut third = Box::pin(places.take(ALICE));
        assert!(third.as_mut().now_or_never().is_none());
        assert!(take_now(&places, BOB).is_some());
        drop(held);
        assert!(third.now_or_never().is_some());
    }

    #[test]
    fn a_question_that_waits_for_its_user_holds_no_shared_place() {
        let places = Places::new(2, 1);
        let _held = take_now(&places, ALICE).expect("a place");
        let mut waiting = Box::pin(places.take(ALICE));
        assert!(waiting.as_mut().now_or_never().is_none());
        assert!(take_now(&places, BOB).is_some());
    }

    #[test]
    fn all_users_together_are_bounded() {
        let places = Places::new(1, 1);
        let held = take_now(&places, ALICE);
        assert!(take_now(&places, BOB).is_none());
        drop(held);
        assert!(take_now(&places, BOB).is_some());
    }

    #[test]
    fn users_without_questions_are_forgotten() {
        let places = Places::new(8, 1);
        drop(take_now(&places, ALICE));
        let _held = take_now(&places, BOB);
        assert_eq!(places.of_users.lock().expect("no panic").len(), 1);
    }
}
