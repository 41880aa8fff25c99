//! Tests of what is chosen: uses in, decisions out.

use std::time::Duration;

use super::fixtures::{host, key, user};
use super::*;
use crate::identity::Owner;

/// Long enough after the start for every key to have stayed.
const LATER: Duration = Duration::from_secs(30 * 24 * 60 * 60);

const NOW: u64 = 1_800_000_000;

const DAY: u64 = 24 * 60 * 60;

/// A key that has been there since the start, and was used a minute ago.
fn kept(owner: &Owner, number: u8, uses: f64) -> Kept {
    Kept {
        key: key(owner, number),
        uses,
        since: Duration::ZERO,
        last_use: Some(NOW - 60),
        is_lost: false,
    }
}

fn used(owner: &Owner, number: u8, uses: f64) -> Candidate {
    Candidate {
        key: key(owner, number),
        uses,
    }
}

/// What follows in a chip with this much room.
fn next_in(kept: &[Kept], candidates: &[Candidate], free: u32) -> Step {
    next_of(kept, candidates, free, true)
}

/// What follows. Of a key in the place of another, what leaves.
fn next_of(kept: &[Kept], candidates: &[Candidate], free: u32, has_handle: bool) -> Step {
    let step = choose(&Situation {
        kept,
        candidates,
        free,
        has_handle,
        changes: &Changes::default(),
        since_boot: LATER,
        now: NOW,
    });
    match step {
        Step::Replace { leaves, comes } => {
            assert!(candidates.iter().any(|one| one.key == comes));
            Step::GiveBack(leaves, Why::UsedLess)
        }
        other => other,
    }
}

fn next(kept: &[Kept], candidates: &[Candidate]) -> Step {
    next_in(kept, candidates, 16)
}

fn gives_way(owner: &Owner, number: u8) -> Step {
    Step::GiveBack(key(owner, number), Why::UsedLess)
}

/// Users with one key each in the places that users have.
fn full() -> Vec<Kept> {
    let users = 1..=6;
    let users = users.map(|number: u8| kept(&user(number.into()), 1, 40.0 + f64::from(number)));
    users.collect()
}

#[test]
fn a_key_that_is_used_often_is_kept() {
    let alice = user(1000);
    assert_eq!(next(&[], &[]), Step::Nothing);
    let step = next(&[], &[used(&alice, 1, 25.0), used(&alice, 2, 30.0)]);
    assert_eq!(step, Step::Keep(key(&alice, 2)), "the one used most");
}

#[test]
fn the_keys_of_sshd_come_first() {
    let step = next(&[], &[used(&user(1000), 1, 900.0), used(&host(), 1, 20.0)]);
    assert_eq!(step, Step::Keep(key(&host(), 1)));
}

#[test]
fn a_user_has_two_places_however_much_their_keys_are_used() {
    let alice = user(1000);
    let two = [kept(&alice, 1, 500.0), kept(&alice, 2, 600.0)];
    assert_eq!(next(&two, &[used(&alice, 3, 999.0)]), Step::Nothing);
    let step = next(&two, &[used(&alice, 3, 1000.0)]);
    assert_eq!(step, gives_way(&alice, 1), "twice as much");
}

#[test]
fn a_second_key_displaces_no_other_users_only_key() {
    let mut all = full();
    let alice = user(6);
    assert_eq!(next(&all, &[used(&alice, 2, 91.0)]), Step::Nothing);
    assert_eq!(next(&all, &[used(&alice, 2, 92.0)]), gives_way(&alice, 1));
    // It may come in the place of another second key.
    all.remove(0);
    all.push(kept(&user(2), 2, 45.0));
    assert_eq!(next(&all, &[used(&alice, 2, 91.0)]), gives_way(&user(2), 1));
}

#[test]
fn a_first_key_has_to_be_used_twice_as_much_as_another() {
    let all = full();
    let new = user(9);
    assert_eq!(next(&all, &[used(&new, 1, 81.0)]), Step::Nothing);
    assert_eq!(next(&all, &[used(&new, 1, 82.0)]), gives_way(&user(1), 1));
}

#[test]
fn the_first_key_of_a_user_comes_before_the_second_of_another() {
    let mut all = full();
    all.pop();
    all.push(kept(&user(1), 2, 500.0));
    let step = next(&all, &[used(&user(9), 1, 20.0)]);
    assert_eq!(step, gives_way(&user(1), 1), "the one that is used less");
    // And it does not come back at once.
    all.remove(0);
    all.push(kept(&user(9), 1, 20.0));
    assert_eq!(next(&all, &[used(&user(1), 1, 39.0)]), Step::Nothing);
}

#[test]
fn users_keys_leave_places_to_those_of_sshd() {
    let all = full();
    assert_eq!(next(&all, &[used(&user(9), 1, 60.0)]), Step::Nothing);
    let step = next(&all, &[used(&host(), 1, 20.0)]);
    assert_eq!(step, Step::Keep(key(&host(), 1)));
}

#[test]
fn a_key_of_sshd_need_not_be_used_more_than_a_users() {
    // Room for six in the chip, and users have all of it.
    let step = next_in(&full(), &[used(&host(), 1, 20.0)], LEAVE_FREE);
    assert_eq!(step, gives_way(&user(1), 1));
}

#[test]
fn users_keys_displace_none_of_sshds() {
    let all: Vec<_> = (1..=4).map(|number| kept(&host(), number, 1.0)).collect();
    let step = next_in(&all, &[used(&user(1000), 1, 900.0)], LEAVE_FREE);
    assert_eq!(step, Step::Nothing);
    // sshd's own ones do, and there are four at most.
    assert_eq!(next(&all, &[used(&host(), 5, 20.0)]), gives_way(&host(), 1));
}

#[test]
fn a_key_stays_for_an_hour_before_another_one_has_its_place() {
    let alice = user(1000);
    let hour = Duration::from_secs(60 * 60);
    let stayed = |time| {
        let since = LATER - time;
        let one = |number| Kept {
            since,
            ..kept(&alice, number, 0.0)
        };
        next(&[one(1), one(2)], &[used(&alice, 3, 900.0)])
    };
    assert_eq!(stayed(hour - Duration::from_secs(1)), Step::Nothing);
    assert_eq!(stayed(hour), gives_way(&alice, 1));
}

#[test]
fn some_room_of_the_chip_stays_for_others() {
    let alice = user(1000);
    let candidates = [used(&alice, 1, 900.0)];
    let step = |free| next_in(&[], &candidates, free);
    assert_eq!(step(LEAVE_FREE), Step::Nothing);
    assert_eq!(step(LEAVE_FREE + 1), Step::Keep(key(&alice, 1)));
    assert_eq!(step(0), Step::Nothing);
}

#[test]
fn without_a_handle_a_chip_has_no_room() {
    let step = |kept| next_of(kept, &[used(&host(), 1, 20.0)], 16, false);
    assert_eq!(step(&[]), Step::Nothing);
    assert_eq!(step(&full()), gives_way(&user(1), 1));
}

#[test]
fn a_key_is_given_back_when_others_need_room() {
    let all = [
        kept(&host(), 1, 0.5),
        kept(&user(1), 1, 40.0),
        kept(&user(2), 1, 30.0),
    ];
    assert_eq!(next_in(&all, &[], LEAVE_FREE), Step::Nothing);
    let step = next_in(&all, &[], LEAVE_FREE - 1);
    let least = key(&user(2), 1);
    assert_eq!(step, Step::GiveBack(least, Why::Room), "a user's first");
    // What comes of it is not undone.
    let step = next_in(&all[..2], &[used(&user(2), 1, 30.0)], LEAVE_FREE);
    assert_eq!(step, Step::Nothing);
}

#[test]
fn a_key_is_given_back_after_ten_days_without_a_use() {
    let alice = user(1000);
    let unused = |last_use, since| Kept {
        last_use,
        since,
        ..kept(&alice, 1, 0.0)
    };
    let given_back = Step::GiveBack(key(&alice, 1), Why::Unused);
    let long = Some(NOW - 10 * DAY);
    assert_eq!(next(&[unused(long, Duration::ZERO)], &[]), given_back);
    let less = Some(NOW - 10 * DAY + 1);
    assert_eq!(next(&[unused(less, Duration::ZERO)], &[]), Step::Nothing);
    // When it was last used may not be known, or be noted by a clock that was wrong.
    assert_eq!(next(&[unused(None, Duration::ZERO)], &[]), given_back);
    assert_eq!(next(&[unused(None, LATER)], &[]), Step::Nothing);
    assert_eq!(next(&[unused(long, LATER)], &[]), Step::Nothing);
}

#[test]
fn the_record_of_a_lost_key_is_set_right() {
    let alice = user(1000);
    let lost = Kept {
        is_lost: true,
        ..kept(&alice, 1, 99.0)
    };
    let step = next(&[kept(&alice, 2, 1.0), lost], &[]);
    assert_eq!(step, Step::GiveBack(key(&alice, 1), Why::Lost));
}

#[test]
fn a_day_that_is_used_up_keeps_and_displaces_nothing() {
    let alice = user(1000);
    let next = |kept: &[Kept], free| {
        choose(&Situation {
            kept,
            candidates: &[used(&alice, 3, 900.0), used(&host(), 1, 900.0)],
            free,
            has_handle: true,
            changes: &Changes::at_the_limit(NOW),
            since_boot: LATER,
            now: NOW,
        })
    };
    assert_eq!(next(&[], 16), Step::Nothing);
    let two = [kept(&alice, 1, 1.0), kept(&alice, 2, 1.0)];
    assert_eq!(next(&two, 16), Step::Nothing);
    // Giving back for others goes on: each was put there once.
    assert_eq!(next(&two, 0), Step::GiveBack(key(&alice, 1), Why::Room));
}

#[test]
fn a_user_at_the_limit_of_changes_does_not_keep_others_waiting() {
    let (alice, bob) = (user(1000), user(1001));
    let none = Changes::default();
    let changes = (0..3).fold(none, |changes, _| changes.with(&alice, NOW));
    let step = choose(&Situation {
        kept: &[],
        candidates: &[used(&alice, 1, 900.0), used(&bob, 1, 20.0)],
        free: 16,
        has_handle: true,
        changes: &changes,
        since_boot: LATER,
        now: NOW,
    });
    assert_eq!(step, Step::Keep(key(&bob, 1)));
}
