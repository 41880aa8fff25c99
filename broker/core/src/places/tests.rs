use std::pin::Pin;

use futures_util::FutureExt as _;

use super::*;

const ALICE: Uid = Uid(1000);
const BOB: Uid = Uid(1001);
const CAROL: Uid = Uid(1002);

type Waiting<'a> = Pin<Box<dyn Future<Output = Place> + 'a>>;

/// Asks for a place, and waits if there is none.
fn ask(places: &Places, uid: Uid) -> Waiting<'_> {
    let mut waiting: Waiting<'_> = Box::pin(places.take(uid));
    assert!(now(&mut waiting).is_none(), "there was a place");
    waiting
}

fn now(waiting: &mut Waiting<'_>) -> Option<Place> {
    waiting.as_mut().now_or_never()
}

fn take(places: &Places, uid: Uid) -> Place {
    places.take(uid).now_or_never().expect("a place")
}

#[test]
fn a_user_who_asks_much_does_not_keep_others_waiting() {
    let places = Places::new(3, 1);
    let bobs = take(&places, BOB);
    let mut rest: Vec<_> = (0..100).map(|_| ask(&places, BOB)).collect();
    let _alices = take(&places, ALICE);
    drop(bobs);
    let _second = now(&mut rest.remove(0)).expect("the next one's turn");
    assert!(rest.iter_mut().all(|one| now(one).is_none()));
}

#[test]
fn users_take_turns_although_one_was_there_first_with_many() {
    let places = Places::new(1, 1);
    let mut held = Some(take(&places, BOB));
    let mut waiting: Vec<_> = [BOB, BOB, BOB, ALICE, ALICE, CAROL]
        .map(|uid| (uid, ask(&places, uid)))
        .into();
    let mut order = Vec::new();
    while !waiting.is_empty() {
        drop(held.take());
        let served = waiting
            .iter_mut()
            .enumerate()
            .find_map(|(number, (_, one))| {
                let place = now(one)?;
                Some((number, place))
            });
        let (number, place) = served.expect("somebody is served");
        order.push(waiting.remove(number).0);
        held = Some(place);
    }
    assert_eq!(order, [ALICE, CAROL, BOB, ALICE, BOB, BOB]);
}

#[test]
fn all_users_together_are_bounded() {
    let places = Places::new(2, 2);
    let (first, _second) = (take(&places, ALICE), take(&places, BOB));
    let mut third = ask(&places, CAROL);
    drop(first);
    assert!(now(&mut third).is_some());
}

#[test]
fn one_who_leaves_while_waiting_takes_no_place() {
    let places = Places::new(1, 1);
    let held = take(&places, ALICE);
    let (left, mut bobs) = (ask(&places, BOB), ask(&places, BOB));
    drop(left);
    drop(held);
    assert!(now(&mut bobs).is_some());
}

#[test]
fn one_who_leaves_when_called_gives_the_place_to_the_next() {
    let places = Places::new(1, 1);
    let held = take(&places, ALICE);
    let (called, mut next) = (ask(&places, BOB), ask(&places, CAROL));
    drop(held);
    drop(called);
    assert!(now(&mut next).is_some());
}

#[test]
fn users_who_have_and_want_nothing_are_forgotten() {
    let places = Places::new(1, 1);
    let held = take(&places, ALICE);
    drop(ask(&places, BOB));
    drop(held);
    let state = places.lock();
    assert!(state.users.is_empty() && state.line.is_empty());
    assert_eq!(state.free, 1);
}
