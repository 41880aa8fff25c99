//! Tests of who has a place, and who loses one.

use std::time::{Duration, Instant};

use futures_util::FutureExt as _;

use super::*;

const ALICE: Uid = Uid(1000);
const BOB: Uid = Uid(1001);

/// Users who together can have all channels.
const CROWD: usize = MOST_IN_ALL / MOST_OF_USER;

/// A channel on which something was said.
struct Spoken {
    _place: Place,
    activity: Arc<Activity>,
}

impl Spoken {
    fn is_over(&self) -> bool {
        !self.activity.begins_call() && self.activity.given_up().now_or_never().is_some()
    }
}

/// Opens a channel, and says something on it at `now`.
fn open(places: &Places, uid: Uid, now: Instant) -> Option<Spoken> {
    let place = places.take(uid).ok()?;
    let activity = Arc::new(Activity::begun(now));
    place.speaks(Arc::clone(&activity));
    let _place = place;
    Some(Spoken { _place, activity })
}

fn user(number: usize) -> Uid {
    Uid(u32::try_from(number).expect("a small number"))
}

/// Takes all places, the first one first.
fn fill(places: &Places, start: Instant) -> Vec<Spoken> {
    let channels = (0..MOST_IN_ALL).map(|number| {
        let now = start + Duration::from_secs(u64::try_from(number).expect("a small number"));
        open(places, user(number % CROWD), now).expect("room")
    });
    channels.collect()
}

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
    let now = Instant::now();
    let used: Vec<_> = std::iter::from_fn(|| open(&places, BOB, now)).collect();
    assert_eq!(used.len(), MOST_OF_USER);
    assert!(places.take(ALICE).is_ok());
    drop(used);
    assert!(places.take(BOB).is_ok());
}

#[test]
fn users_with_all_channels_give_one_to_a_user_without_any() {
    let places = Places::default();
    let held = fill(&places, Instant::now());
    let place = places.take(ALICE).expect("a place");
    let over: Vec<_> = held.iter().map(Spoken::is_over).collect();
    assert!(over[0], "it was quiet for longest");
    assert_eq!(over.iter().filter(|over| **over).count(), 1);
    assert_eq!(places.lock().channels.len(), MOST_IN_ALL);
    drop((place, held));
    assert!(places.lock().channels.is_empty());
}

#[test]
fn a_channel_in_use_goes_to_nobody() {
    let places = Places::default();
    let held = fill(&places, Instant::now());
    for channel in &held {
        assert!(channel.activity.begins_call());
    }
    assert!(places.take(ALICE).is_err());
    held[7].activity.ends_call(Instant::now());
    assert!(places.take(ALICE).is_ok());
    assert!(held[7].is_over());
}

#[test]
fn a_user_with_as_many_channels_as_others_takes_none_of_theirs() {
    let places = Places::default();
    let start = Instant::now();
    let mut held = fill(&places, start);
    // The first user has a place less than the others now, and gets it back.
    drop(held.remove(0));
    held.extend(open(&places, user(0), start));
    assert!(!held.iter().any(Spoken::is_over));
    assert!(places.take(user(0)).is_err());
}

#[test]
fn the_user_with_most_channels_loses_one_first() {
    let places = Places::default();
    let start = Instant::now();
    let held = fill(&places, start);
    // Each of these has a user with most lose one.
    let alices: Vec<_> = (1..MOST_OF_USER)
        .map(|second| open(&places, ALICE, start + Duration::from_secs(second as u64)))
        .collect();
    assert!(alices.iter().all(Option::is_some));
    assert!(!alices.iter().flatten().any(Spoken::is_over));
    let lost = held.iter().filter(|channel| channel.is_over()).count();
    assert_eq!(lost, MOST_OF_USER - 1);
}

#[test]
fn a_users_only_channel_is_not_taken_for_another_users_first() {
    let places = Places::default();
    let now = Instant::now();
    let users = (0..MOST_IN_ALL).map(user);
    let channels: Vec<_> = users
        .map(|uid| open(&places, uid, now).expect("room"))
        .collect();
    assert!(open(&places, user(MOST_IN_ALL), now).is_none());
    assert!(!channels.iter().any(Spoken::is_over));
}
