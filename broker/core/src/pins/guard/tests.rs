use super::*;
use crate::identity::{Owner, UserName};

const ALICE: Uid = Uid(1000);
const BOB: Uid = Uid(1001);
const CAROL: Uid = Uid(1002);

const PER_USER: usize = 3;

/// A chip that forgets a try in eight minutes, to which we give ten.
fn guard() -> Guard {
    let mut guard = Guard::default();
    guard.learn(at(480));
    guard
}

/// The key of a number that belongs to a user.
fn key(uid: Uid, number: u8) -> KeyId {
    let name = UserName::new(format!("user{}", uid.0)).expect("a user name");
    let ssh = ssh_key::Fingerprint::Sha256([number; 32]).to_string();
    let fingerprint = ssh.parse().expect("a fingerprint");
    (Owner::new(uid, name), fingerprint)
}

fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn outstanding(guard: &Guard) -> Vec<Uid> {
    guard.outstanding.iter().map(|one| one.0).collect()
}

fn wrong(guard: &mut Guard, key: &KeyId, now: Duration) -> Result<Option<Wait>, PinError> {
    guard.begin(key, key.0.uid(), PER_USER, now)?;
    Ok(guard.was_wrong(key, now))
}

#[test]
fn each_wrong_pin_after_the_first_doubles_the_delay_up_to_an_hour() {
    let expected = [
        0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600,
    ];
    for (wrong, seconds) in (1..).zip(expected) {
        assert_eq!(delay(wrong), at(seconds), "after {wrong}");
    }
    assert_eq!(delay(u32::MAX), at(3600));
}

#[test]
fn a_key_cannot_be_tried_before_its_delay_is_over() {
    let (mut guard, key) = (guard(), key(ALICE, 1));
    assert_eq!(wrong(&mut guard, &key, at(0)), Ok(None));
    assert_eq!(wrong(&mut guard, &key, at(0)), Ok(Some(Wait(at(1)))));
    let early = guard.check(&key, ALICE, PER_USER, Duration::from_millis(400));
    let rest = Wait(Duration::from_millis(600));
    assert_eq!(early, Err(PinError::Key(rest)));
    assert_eq!(guard.check(&key, ALICE, PER_USER, at(1)), Ok(()));
}

#[test]
fn one_pin_is_tried_on_a_key_at_a_time() {
    let (mut guard, one, other) = (guard(), key(ALICE, 1), key(ALICE, 2));
    guard
        .begin(&one, ALICE, PER_USER, at(0))
        .expect("the first");
    let second = guard.begin(&one, ALICE, PER_USER, at(0));
    assert_eq!(second.err(), Some(PinError::UnderWay));
    guard
        .begin(&other, ALICE, PER_USER, at(0))
        .expect("another key");
    guard.was_wrong(&one, at(0));
    guard
        .begin(&one, ALICE, PER_USER, at(0))
        .expect("it is over");
}

#[test]
fn a_right_pin_clears_the_wrong_ones_of_its_key_but_not_at_the_chip() {
    let (mut guard, one) = (guard(), key(ALICE, 1));
    wrong(&mut guard, &one, at(0)).expect("tried");
    wrong(&mut guard, &one, at(0)).expect("tried");
    guard.begin(&one, ALICE, PER_USER, at(1)).expect("tried");
    assert!(guard.was_right(&one, ALICE), "it may be remembered");
    assert_eq!(wrong(&mut guard, &one, at(1)), Ok(None), "as at first");
    let refused = guard.check(&one, ALICE, PER_USER, at(2));
    assert_eq!(refused, Err(PinError::User(Wait(at(599)))));
}

#[test]
fn a_try_that_never_reached_the_chip_was_none() {
    let (mut guard, one) = (guard(), key(ALICE, 1));
    wrong(&mut guard, &one, at(0)).expect("tried");
    for _ in 0..10 {
        let before = guard.begin(&one, ALICE, PER_USER, at(0)).expect("free");
        guard.was_none(&one, ALICE, before);
    }
    assert_eq!(wrong(&mut guard, &one, at(0)), Ok(Some(Wait(at(1)))));
}

#[test]
fn a_users_wrong_pins_are_bounded_over_all_keys_and_are_no_others() {
    let mut guard = guard();
    for number in 1..=3 {
        wrong(&mut guard, &key(ALICE, number), at(0)).expect("tried");
    }
    let refused = wrong(&mut guard, &key(ALICE, 4), at(60));
    assert_eq!(refused, Err(PinError::User(Wait(at(540)))));
    wrong(&mut guard, &key(BOB, 4), at(60)).expect("bob has given none");
}

#[test]
fn users_together_get_no_more_than_the_chip_forgets() {
    let mut guard = guard();
    for uid in [ALICE, BOB] {
        for number in 1..=3 {
            wrong(&mut guard, &key(uid, number), at(0)).expect("tried");
        }
    }
    // Six at the chip. In ten minutes it forgets one, which was alice's.
    assert!(guard.check(&key(BOB, 4), BOB, PER_USER, at(600)).is_err());
    wrong(&mut guard, &key(ALICE, 4), at(600)).expect("one was forgotten");
    assert!(
        guard
            .check(&key(ALICE, 5), ALICE, PER_USER, at(600))
            .is_err()
    );
    // And five more until it has forgotten one of bob's.
    assert!(
        guard
            .check(&key(BOB, 4), BOB, PER_USER, at(4 * 600 - 1))
            .is_err()
    );
    assert_eq!(
        guard.check(&key(BOB, 4), BOB, PER_USER, at(4 * 600)),
        Ok(())
    );
}

#[test]
fn only_a_wrong_try_makes_the_chip_remember_all_for_longer() {
    let mut guard = guard();
    wrong(&mut guard, &key(ALICE, 1), at(0)).expect("tried");
    for second in 1..600 {
        guard
            .begin(&key(BOB, 1), BOB, PER_USER, at(second))
            .expect("tried");
        guard.was_right(&key(BOB, 1), BOB);
    }
    guard.pass(at(600));
    assert!(guard.outstanding.is_empty());

    wrong(&mut guard, &key(ALICE, 2), at(1000)).expect("tried");
    wrong(&mut guard, &key(BOB, 2), at(1599)).expect("tried");
    guard.pass(at(1599 + 599));
    assert_eq!(outstanding(&guard), [ALICE, BOB]);
    guard.pass(at(1599 + 600));
    assert_eq!(outstanding(&guard), [BOB]);
}

#[test]
fn the_wait_that_is_said_is_the_one_that_is_needed() {
    let mut guard = guard();
    wrong(&mut guard, &key(CAROL, 1), at(0)).expect("tried");
    for number in 1..=3 {
        wrong(&mut guard, &key(ALICE, number), at(0)).expect("tried");
    }
    let fourth = key(ALICE, 4);
    let Err(PinError::User(Wait(wait))) = guard.check(&fourth, ALICE, PER_USER, at(10)) else {
        panic!("alice has given three");
    };
    assert_eq!(wait, at(2 * 600 - 10));
    let then = at(10) + wait;
    let before = guard.check(&fourth, ALICE, PER_USER, then - at(1));
    assert_eq!(before, Err(PinError::User(Wait(at(1)))));
    assert_eq!(guard.check(&fourth, ALICE, PER_USER, then), Ok(()));
}

#[test]
fn a_chip_that_forgets_nothing_by_itself_is_taken_for_a_slow_one() {
    let mut guard = guard();
    guard.learn(Duration::ZERO);
    for number in 1..=3 {
        wrong(&mut guard, &key(ALICE, number), at(0)).expect("tried");
    }
    let refused = guard.check(&key(ALICE, 4), ALICE, PER_USER, at(0));
    assert_eq!(refused, Err(PinError::User(Wait(UNKNOWN_RECOVERY))));
}

#[test]
fn what_is_tried_while_it_is_to_be_forgotten_is_not_remembered() {
    let (mut guard, one, other) = (guard(), key(ALICE, 1), key(ALICE, 2));
    for key in [&one, &other] {
        guard.begin(key, ALICE, PER_USER, at(0)).expect("tried");
    }
    guard.forget(|key| *key == one);
    assert!(!guard.was_right(&one, ALICE));
    assert!(guard.was_right(&other, ALICE));
    guard
        .begin(&one, ALICE, PER_USER, at(0))
        .expect("tried again");
    assert!(guard.was_right(&one, ALICE));
}

#[test]
fn a_reset_of_the_chip_lets_everybody_off() {
    let (mut guard, one) = (guard(), key(ALICE, 1));
    for _ in 0..2 {
        wrong(&mut guard, &one, at(0)).expect("tried");
    }
    wrong(&mut guard, &key(ALICE, 2), at(0)).expect("tried");
    guard.reset();
    assert_eq!(wrong(&mut guard, &one, at(0)), Ok(None));
}

#[test]
fn a_key_that_was_left_alone_for_a_day_is_forgotten() {
    let (mut guard, one) = (guard(), key(ALICE, 1));
    wrong(&mut guard, &one, at(0)).expect("tried");
    wrong(&mut guard, &one, at(0)).expect("tried");
    guard.pass(at(24 * 3600));
    assert_eq!(guard.keys.len(), 1);
    guard.pass(at(24 * 3600 + 1));
    assert!(guard.keys.is_empty() && guard.outstanding.is_empty());
}

/// A guard that goes on with what `guard` has counted, by way of what outlives the broker.
fn restarted(guard: &Guard) -> Guard {
    let kept = guard.users().into_iter();
    let kept: Vec<_> = kept.map(|uid| (uid, guard.counts_of(uid))).collect();
    let mut next = Guard::default();
    next.restore(&kept);
    next
}

#[test]
fn a_guard_that_goes_on_refuses_and_allows_what_the_one_before_would() {
    let mut guard = guard();
    wrong(&mut guard, &key(CAROL, 1), at(0)).expect("tried");
    for seconds in [10, 11, 20] {
        wrong(&mut guard, &key(ALICE, 1), at(seconds)).expect("tried");
    }
    wrong(&mut guard, &key(BOB, 1), at(700)).expect("carol's was forgotten");
    let mut next = restarted(&guard);
    assert_eq!(outstanding(&next), [ALICE, ALICE, ALICE, BOB]);
    for seconds in [700, 701, 1299, 1300, 1301, 5000] {
        for one in [key(ALICE, 1), key(ALICE, 2), key(BOB, 1), key(CAROL, 1)] {
            let (uid, now) = (one.0.uid(), at(seconds));
            let expected = guard.check(&one, uid, PER_USER, now);
            assert_eq!(next.check(&one, uid, PER_USER, now), expected, "{one:?}");
        }
    }
}

#[test]
fn a_try_that_was_in_progress_at_the_end_was_a_wrong_one() {
    let (mut guard, one) = (guard(), key(ALICE, 1));
    for _ in 0..2 {
        wrong(&mut guard, &one, at(0)).expect("tried");
    }
    guard.begin(&one, ALICE, PER_USER, at(1)).expect("tried");
    let mut next = restarted(&guard);
    assert_eq!(next.own(ALICE), 3);
    let refused = next.check(&one, ALICE, PER_USER, at(1));
    assert_eq!(refused, Err(PinError::Key(Wait(at(2)))));
}

#[test]
fn what_is_forgotten_leaves_nothing_to_keep() {
    let (mut guard, one) = (guard(), key(ALICE, 1));
    guard.begin(&one, ALICE, PER_USER, at(0)).expect("tried");
    assert!(!guard.counts_of(ALICE).is_empty());
    guard.was_right(&one, ALICE);
    assert!(guard.counts_of(ALICE).is_empty() && guard.users().is_empty());
    let before = guard.begin(&one, ALICE, PER_USER, at(0)).expect("tried");
    guard.was_none(&one, ALICE, before);
    assert!(guard.counts_of(ALICE).is_empty());
}
