//! How many channels there can be, and whose place is taken when there are too many.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sshtpm_dbus::Error;
use sshtpm_ssh::error_kind::ErrorKind;

use super::channel_activity::Activity;
use super::front_door::Rejected;
use sshtpm_core::identity::Uid;

/// Channels of one user at a time: an agent, a command line, and some programs more.
const MOST_OF_USER: usize = 16;

/// Channels at a time, half of the descriptors that the service may have (`LimitNOFILE` of its
/// unit). Each takes two: one is for noticing that the other end is closed.
const MOST_IN_ALL: usize = 1024;

/// Channels of one user that were opened and say nothing yet.
const MOST_SILENT_OF_USER: usize = 2;

/// Descriptors of one connection that the bus daemon may have at a time until callers fetch them,
/// in its default configuration (`max_incoming_unix_fds`). With as many it takes nothing more from
/// that connection.
pub(super) const BUS_DESCRIPTORS: usize = 64;

/// Channels that were opened and say nothing yet. The bus daemon may still have their other ends,
/// which it counts as ours ([`BUS_DESCRIPTORS`]). So such a channel cannot be closed to make room
/// for another one: what the bus daemon counts would stay.
pub(super) const MOST_SILENT_IN_ALL: usize = 48;

/// Such channels up to which a user may have more than one. The other places are for users without
/// one, so that it takes 40 users to keep others out.
const MOST_WITH_A_SECOND: usize = 16;

/// The places for channels.
#[derive(Clone, Debug, Default)]
pub(super) struct Places(Arc<Mutex<Taken>>);

/// The places that are taken, by a number each.
#[derive(Debug, Default)]
struct Taken {
    channels: HashMap<u64, Open>,
    last: u64,
}

/// A channel that has a place.
#[derive(Debug)]
struct Open {
    uid: Uid,
    /// `None` until its client says something.
    activity: Option<Arc<Activity>>,
}

/// A place for a channel.
#[derive(Debug)]
pub(super) struct Place {
    places: Places,
    number: u64,
}

impl Place {
    /// The client spoke, so it has its end. From now on the place may go to another user, which
    /// `activity` is told.
    pub(super) fn speaks(&self, activity: Arc<Activity>) {
        if let Some(open) = self.places.lock().channels.get_mut(&self.number) {
            open.activity = Some(activity);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.lock().channels.remove(&self.number);
    }
}

impl Places {
    /// A place for a channel of `uid`. If all are taken, a user with more channels loses one that
    /// is quiet.
    ///
    /// # Errors
    ///
    /// There is none left.
    pub(super) fn take(&self, uid: Uid) -> Result<Place, Rejected> {
        let mut taken = self.lock();
        if taken.of(uid) >= MOST_OF_USER {
            return Err(too_many(
                "a user can have no more channels; close one, or call over the bus",
            ));
        }
        if !taken.has_room_for_silence(uid) {
            return Err(too_many(SILENT));
        }
        if taken.channels.len() >= MOST_IN_ALL && !taken.make_room(uid) {
            return Err(too_many(ALL_TAKEN));
        }
        taken.last = taken.last.wrapping_add(1);
        let number = taken.last;
        let activity = None;
        taken.channels.insert(number, Open { uid, activity });
        Ok(Place {
            places: self.clone(),
            number,
        })
    }

    /// Each change is whole, so a panic elsewhere does not matter.
    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken {
    fn of(&self, uid: Uid) -> usize {
        let channels = self.channels.values();
        channels.filter(|open| open.uid == uid).count()
    }

    /// Whether `uid` may have one more channel that says nothing yet.
    fn has_room_for_silence(&self, uid: Uid) -> bool {
        let silent = || {
            self.channels
                .values()
                .filter(|open| open.activity.is_none())
        };
        let in_all = silent().count();
        let of_user = silent().filter(|open| open.uid == uid).count();
        let at_most = match in_all < MOST_WITH_A_SECOND {
            true => MOST_SILENT_OF_USER,
            false => 1,
        };
        in_all < MOST_SILENT_IN_ALL && of_user < at_most
    }

    /// Ends one channel, of those that are quiet and belong to a user who still has as many as
    /// `uid` afterwards: of the user with most, the one that was quiet for longest. Returns whether
    /// there was one.
    fn make_room(&mut self, uid: Uid) -> bool {
        let mut counts = HashMap::new();
        for open in self.channels.values() {
            *counts.entry(open.uid).or_insert(0_usize) += 1;
        }
        let count = |uid: Uid| counts.get(&uid).copied().unwrap_or(0);
        let quiet = self.channels.iter().filter_map(|(number, open)| {
            let since = open.activity.as_ref()?.quiet_since()?;
            Some((count(open.uid), since, *number))
        });
        let first = quiet
            .filter(|(of_owner, ..)| *of_owner > count(uid) + 1)
            .max_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(&a.1)));
        first.is_some_and(|(_, _, number)| self.end(number))
    }

    /// Ends a channel, unless it is in use by now. Returns whether it ends.
    fn end(&mut self, number: u64) -> bool {
        let open = self.channels.get(&number);
        let activity = open.and_then(|open| open.activity.as_ref());
        let ends = activity.is_some_and(|activity| activity.give_up());
        if ends {
            self.channels.remove(&number);
        }
        ends
    }
}

const SILENT: &str = "too many channels were opened, and nothing was said on them; use or close \
                      yours, or call over the bus";
const ALL_TAKEN: &str = "others have all channels; call over the bus, or try again later";

fn too_many(text: &str) -> Rejected {
    Rejected::Bus(Error::new(ErrorKind::LimitsExceeded, text))
}

#[cfg(test)]
mod tests;
