//! How the places are shared between users, and which key leaves for another one.

use std::time::Duration;

use super::changes::is_host;
use super::kept::{Candidate, Kept};
use crate::identity::Owner;

/// Places of keys that are kept by use: half of the handles that there are, so that an
/// administrator finds as many.
const MOST: usize = 8;

/// Those of them that sshd's keys can have: one of each type that it uses, and one to spare.
const MOST_OF_HOST: usize = 4;

/// Those of them that users' keys can have.
const MOST_OF_USERS: usize = 6;

/// Those of them that the keys of one user can have: one that logs in and one that signs commits.
const MOST_OF_USER: usize = 2;

/// A key that comes in the place of another one is used this much more than that.
const CLEARLY_MORE: f64 = 2.0;

/// How long a key stays before another one can have its place: until it is known how often it is
/// used, also after the broker started.
pub(super) const LEAST_STAY: Duration = Duration::from_secs(60 * 60);

/// Whether a key of `owner` finds a place, or in whose place it can come.
pub(super) enum Place<'k> {
    Free,
    Of(&'k Kept),
    None,
}

/// The place of `candidate` beside `kept`, in a chip that `has_room` for one more.
pub(super) fn find<'k>(
    kept: &'k [Kept],
    candidate: &Candidate,
    has_room: bool,
    now: Duration,
) -> Place<'k> {
    let owner = &candidate.key.0;
    let at_most = if is_host(owner) {
        MOST_OF_HOST
    } else {
        MOST_OF_USER
    };
    let may_leave = |one: &&Kept| now.saturating_sub(one.since) >= LEAST_STAY;
    let used_less = |one: &&Kept| candidate.uses >= CLEARLY_MORE * one.uses;
    let own = |one: &&Kept| one.key.0 == *owner;
    let of_users = |one: &&Kept| !is_host(&one.key.0);
    if count(kept, own) >= at_most {
        let own = kept.iter().filter(own);
        return least(own.filter(may_leave).filter(used_less));
    }
    let is_shared_out = !is_host(owner) && count(kept, of_users) >= MOST_OF_USERS;
    if has_room && !is_shared_out && kept.len() < MOST {
        return Place::Free;
    }
    let of_users = kept.iter().filter(of_users).filter(may_leave);
    if is_host(owner) {
        return least(seconds(kept, of_users.clone())).or(|| least(of_users));
    }
    let second = seconds(kept, of_users.clone());
    // A second key of a user is in nobody's place but their own, and those of other second keys.
    if count(kept, own) > 0 {
        let own = kept.iter().filter(own).filter(may_leave);
        return least(second.chain(own).filter(used_less));
    }
    least(second).or(|| least(of_users.filter(used_less)))
}

/// Those of users who have more than one.
fn seconds<'k>(
    kept: &'k [Kept],
    of_users: impl Iterator<Item = &'k Kept>,
) -> impl Iterator<Item = &'k Kept> {
    of_users.filter(|one| has_several(kept, &one.key.0))
}

fn has_several(kept: &[Kept], owner: &Owner) -> bool {
    count(kept, |one| one.key.0 == *owner) > 1
}

fn count(kept: &[Kept], is: impl Fn(&&Kept) -> bool) -> usize {
    kept.iter().filter(is).count()
}

fn least<'k>(kept: impl Iterator<Item = &'k Kept>) -> Place<'k> {
    let least = kept.min_by(|one, other| one.uses.total_cmp(&other.uses));
    least.map_or(Place::None, Place::Of)
}

/// The key that goes first if others need its place: a user's before one of sshd's, and of these
/// the one that is used least.
pub(super) fn first_to_leave(kept: &[Kept]) -> Option<&Kept> {
    kept.iter().min_by(|one, other| {
        let of_host = is_host(&one.key.0).cmp(&is_host(&other.key.0));
        of_host.then(one.uses.total_cmp(&other.uses))
    })
}

impl Place<'_> {
    fn or(self, other: impl FnOnce() -> Self) -> Self {
        match self {
            Self::None => other(),
            found => found,
        }
    }
}
