//! How often within a day the broker had the TPM keep a key.
//!
//! A key that is put there is taken out once at most, so this bounds both. Times are those of the
//! calendar: a machine that is off at night must not remember yesterday for ever, as it would if
//! time was counted from each boot. A clock that is set forward forgets a day early; only root sets
//! it.

use crate::identity::{Owner, Uid};
use crate::queue::Line;

/// How long a change counts, in seconds.
const DAY: u64 = 24 * 60 * 60;

/// Keys that are put into the TPM within a day. With those that leave these are 24 changes of its
/// memory, 87,600 in ten years. The data brief of ST's ST33GTPM (DB4278) names 500,000 cycles for
/// that memory, and a chip spreads them.
const MOST: usize = 12;

/// Those of them that are users', so that sshd's keys are not kept out.
const MOST_OF_USERS: usize = 8;

/// Those of them that are one user's.
const MOST_OF_USER: usize = 3;

/// That a key was put into the TPM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Whose key it is.
    pub uid: Uid,
    /// Whether it is one of sshd's.
    pub of_host: bool,
    /// When, in seconds since 1970-01-01 UTC.
    pub at: u64,
}

/// The changes of the last day, the oldest first: 12 at most.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes(Vec<Change>);

/// What is known of them when the broker starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeptChanges {
    /// These.
    Changes(Changes),
    /// There is a list that nobody can read: there may have been as many as are allowed.
    Unreadable,
}

impl Changes {
    /// The last of `all`, which were written before.
    pub fn new(mut all: Vec<Change>) -> Self {
        all.sort_by_key(|change| change.at);
        Self(all.split_off(all.len().saturating_sub(MOST)))
    }

    /// As many as there can be, all of them `now`.
    pub(crate) fn at_the_limit(now: u64) -> Self {
        let change = Change {
            uid: Uid(0),
            of_host: false,
            at: now,
        };
        Self(vec![change; MOST])
    }

    /// All of them.
    pub fn all(&self) -> &[Change] {
        &self.0
    }

    /// Whether one more key of `owner` may be put into the TPM now.
    pub(crate) fn allow(&self, owner: &Owner, now: u64) -> bool {
        let counted = |is: &dyn Fn(&&Change) -> bool| {
            let lately = self.0.iter().filter(|change| is_of_today(change, now));
            lately.filter(is).count()
        };
        let of_users = counted(&|change| !change.of_host) < MOST_OF_USERS;
        let of_user = counted(&|change| change.uid == owner.uid()) < MOST_OF_USER;
        let in_all = counted(&|_| true) < MOST;
        in_all && (is_host(owner) || (of_users && of_user))
    }

    /// With one more of `owner` now, and without those that no longer count.
    pub(crate) fn with(&self, owner: &Owner, now: u64) -> Self {
        let lately = self.0.iter().filter(|change| is_of_today(change, now));
        // One that is yet to come was noted before the clock was set back.
        let mut all: Vec<_> = lately
            .map(|change| Change {
                at: change.at.min(now),
                ..*change
            })
            .collect();
        all.push(Change {
            uid: owner.uid(),
            of_host: is_host(owner),
            at: now,
        });
        Self::new(all)
    }
}

fn is_of_today(change: &Change, now: u64) -> bool {
    now.saturating_sub(change.at) < DAY
}

/// Whether a key of `owner` is one of sshd's.
pub(super) fn is_host(owner: &Owner) -> bool {
    Line::of(owner) == Line::Host
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::by_use::fixtures::{host, user};

    const NOW: u64 = 1_800_000_000;

    fn after(owners: &[Owner]) -> Changes {
        let none = Changes::default();
        let all = owners.iter();
        all.fold(none, |changes, owner| changes.with(owner, NOW))
    }

    #[test]
    fn a_user_causes_three_changes_a_day() {
        let changes = after(&[user(1000), user(1000), user(1000)]);
        assert!(!changes.allow(&user(1000), NOW));
        assert!(!changes.allow(&user(1000), NOW + DAY - 1));
        assert!(changes.allow(&user(1000), NOW + DAY));
        assert!(changes.allow(&user(1001), NOW));
    }

    #[test]
    fn users_leave_some_of_the_day_to_sshd() {
        let users: Vec<_> = (0..8).map(|number| user(1000 + number)).collect();
        let mut changes = after(&users);
        assert!(!changes.allow(&user(2000), NOW));
        for _ in 0..4 {
            assert!(changes.allow(&host(), NOW));
            changes = changes.with(&host(), NOW);
        }
        assert!(!changes.allow(&host(), NOW));
        assert!(changes.allow(&host(), NOW + DAY));
    }

    #[test]
    fn a_clock_that_is_set_back_forgets_nothing() {
        let changes = after(&[user(1000), user(1000), user(1000)]);
        let earlier = NOW - 40 * DAY;
        assert!(!changes.allow(&user(1000), earlier));
        let changes = changes.with(&user(1001), earlier);
        assert!(!changes.allow(&user(1000), earlier + DAY - 1));
        assert!(changes.allow(&user(1000), earlier + DAY));
    }

    #[test]
    fn a_list_that_nobody_can_read_is_a_full_one() {
        let changes = Changes::at_the_limit(NOW);
        assert!(!changes.allow(&host(), NOW) && !changes.allow(&user(1000), NOW));
        assert!(changes.allow(&host(), NOW + DAY));
    }

    #[test]
    fn a_list_has_no_more_than_a_day_can_have() {
        let change = |at| Change {
            uid: Uid(7),
            of_host: true,
            at,
        };
        let changes = Changes::new((0..100).map(change).collect());
        assert_eq!(changes.all().len(), 12);
        assert_eq!(changes.all().first(), Some(&change(88)));
    }
}
