//! How many channels there can be.

use std::sync::Arc;

use sshtpm_dbus::Error;
use sshtpm_ssh::error_kind::ErrorKind;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::front_door::Rejected;
use sshtpm_core::identity::Uid;
use sshtpm_core::quota::{Claim, Claims};

/// Channels of one user at a time: an agent, a command line, and some programs more.
const MOST_OF_USER: usize = 16;

/// Channels at a time, half of the descriptors that the service may have (`LimitNOFILE` of its
/// unit). Each takes two: one is for noticing that the other end is closed.
const MOST_IN_ALL: usize = 1024;

/// Channels of one user that were opened and say nothing yet.
const MOST_SILENT_OF_USER: usize = 2;

/// Channels that were opened and say nothing yet. The bus daemon may still have their other ends,
/// which it counts as ours, and stops listening to us when they are many
/// (`max_incoming_unix_fds`, 64 by default). So a channel that says nothing cannot be closed to
/// make room for another one: what the bus daemon counts would stay.
const MOST_SILENT_IN_ALL: usize = 48;

/// Such channels up to which a user may have more than one. The other places are for users without
/// one, so that it takes 40 users to keep others out.
const MOST_WITH_A_SECOND: usize = 16;

/// The places for channels.
#[derive(Clone, Debug)]
pub(super) struct Places {
    of_users: Claims,
    in_all: Arc<Semaphore>,
    silent_of_users: Claims,
    silent_in_all: Arc<Semaphore>,
}

impl Default for Places {
    fn default() -> Self {
        Self {
            of_users: Claims::default(),
            in_all: Arc::new(Semaphore::new(MOST_IN_ALL)),
            silent_of_users: Claims::default(),
            silent_in_all: Arc::new(Semaphore::new(MOST_SILENT_IN_ALL)),
        }
    }
}

/// A place for a channel.
#[derive(Debug)]
pub(super) struct Place {
    _of_user: Claim,
    _in_all: OwnedSemaphorePermit,
    /// Until its client says something.
    silent: Option<(Claim, OwnedSemaphorePermit)>,
}

impl Place {
    /// The client spoke, so it has its end.
    pub(super) fn speaks(&mut self) {
        self.silent = None;
    }
}

impl Places {
    /// A place for a channel of `uid`.
    ///
    /// # Errors
    ///
    /// There is none left.
    pub(super) fn take(&self, uid: Uid) -> Result<Place, Rejected> {
        let of_user = self.of_users.claim(uid, || 0, MOST_OF_USER);
        let in_all = Arc::clone(&self.in_all).try_acquire_owned().ok();
        let silent_in_all = Arc::clone(&self.silent_in_all).try_acquire_owned().ok();
        // Counted with the place that was just taken.
        let silent = MOST_SILENT_IN_ALL - self.silent_in_all.available_permits();
        let at_most = match silent <= MOST_WITH_A_SECOND {
            true => MOST_SILENT_OF_USER,
            false => 1,
        };
        let silent_of_user = self.silent_of_users.claim(uid, || 0, at_most);
        Ok(Place {
            _of_user: of_user.ok_or_else(|| too_many("a user can have no more channels"))?,
            _in_all: in_all.ok_or_else(|| too_many("no more channels can be open"))?,
            silent: Some(
                silent_of_user
                    .zip(silent_in_all)
                    .ok_or_else(|| too_many("too many channels were opened and are not used"))?,
            ),
        })
    }
}

fn too_many(what: &str) -> Rejected {
    let text = format!("{what}; close one, or call over the bus");
    Rejected::Bus(Error::new(ErrorKind::LimitsExceeded, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALICE: Uid = Uid(1000);
    const BOB: Uid = Uid(1001);

    #[test]
    fn channels_that_say_nothing_leave_room_for_another_user() {
        let places = Places::default();
        let silent: Vec<_> = std::iter::from_fn(|| places.take(BOB).ok()).collect();
        assert_eq!(silent.len(), MOST_SILENT_OF_USER);
        assert!(places.take(ALICE).is_ok());
    }

    #[test]
    fn silent_channels_of_many_users_leave_room_for_a_user_without_one() {
        let places = Places::default();
        let mut held = Vec::new();
        for uid in 1..40 {
            let of_user = std::iter::from_fn(|| places.take(Uid(uid)).ok());
            let of_user: Vec<_> = of_user.collect();
            assert!(!of_user.is_empty(), "{uid} has none");
            held.extend(of_user);
        }
        assert!(held.len() < MOST_SILENT_IN_ALL);
        assert!(places.take(ALICE).is_ok());
    }

    #[test]
    fn silent_channels_never_take_more_descriptors_than_the_bus_daemon_counts() {
        let places = Places::default();
        let all = (1..100).flat_map(|uid| [uid, uid]);
        let held: Vec<_> = all.filter_map(|uid| places.take(Uid(uid)).ok()).collect();
        assert_eq!(held.len(), MOST_SILENT_IN_ALL);
    }

    #[test]
    fn a_user_has_a_bounded_number_of_channels_in_use() {
        let places = Places::default();
        let used = std::iter::from_fn(|| {
            let mut place = places.take(BOB).ok()?;
            place.speaks();
            Some(place)
        });
        let used: Vec<_> = used.collect();
        assert_eq!(used.len(), MOST_OF_USER);
        assert!(places.take(ALICE).is_ok());
        drop(used);
        assert!(places.take(BOB).is_ok());
    }
}
