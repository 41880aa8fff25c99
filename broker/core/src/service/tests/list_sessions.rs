//! Tests of listing for sessions: which keys, and what it costs others.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use super::people::{alice, bob, call_of, ready, record};
use super::sign_destinations::{for_one_host, kept_local};
use super::*;
use crate::key::KeyRecord;
use crate::session::fixtures::{host as session_host, sessions};
use crate::session::tests::run as run_to_end;

#[test]
fn only_keys_that_may_be_used_in_a_session_are_listed_for_it() {
    for (key, bindings, is_listed) in [
        (for_one_host(), vec![], true),
        (for_one_host(), vec![session_host(1).login(b"s")], true),
        (for_one_host(), vec![session_host(2).login(b"s")], false),
        (kept_local(), vec![session_host(2).login(b"s")], true),
        (kept_local(), vec![session_host(2).forward(b"s")], false),
    ] {
        let service = service();
        service.ports.set_status(ready());
        service.ports.store(key);
        service.ports.expect([
            allowed(Action::ListOwnKeys, &alice(), &alice()),
            listed(&alice()),
        ]);
        let keys = run_to_end(service.list(call_of(&alice()), None, sessions(bindings)));
        assert_eq!(!keys.expect("a list").is_empty(), is_listed);
    }
}

/// A service that will be asked for lists of these users, who have `keys`.
fn listing(owners: &[Owner], keys: impl IntoIterator<Item = KeyRecord>) -> Service<Fakes> {
    let service = service();
    service.ports.set_status(ready());
    keys.into_iter().for_each(|key| service.ports.store(key));
    let calls = owners.iter().flat_map(|owner| {
        let asked = allowed(Action::ListOwnKeys, owner, owner);
        [asked, listed(owner)]
    });
    service.ports.expect(calls.collect::<Vec<_>>());
    service
}

#[test]
fn others_have_their_turn_after_each_key_that_is_compared() {
    let service = listing(&[alice()], [for_one_host(), for_one_host(), kept_local()]);
    let there = sessions([session_host(1).login(b"s")]);
    let mut list = pin!(service.list(call_of(&alice()), None, there));
    let mut context = Context::from_waker(Waker::noop());
    let pauses = (0..10).take_while(|_| list.as_mut().poll(&mut context).is_pending());
    assert_eq!(pauses.count(), 2);
}

#[test]
fn one_list_of_a_user_at_a_time_is_compared() {
    let bobs = KeyRecord {
        owner: bob(),
        ..for_one_host()
    };
    let service = listing(&[alice(), alice(), bob()], [for_one_host(), bobs]);
    let there = || sessions([session_host(1).login(b"s")]);
    let mut first = pin!(service.list(call_of(&alice()), None, there()));
    let mut second = pin!(service.list(call_of(&alice()), None, there()));
    start(first.as_mut());
    (0..10).for_each(|_| start(second.as_mut()));
    let of_bob = run_to_end(service.list(call_of(&bob()), None, there()));
    assert_eq!(of_bob.expect("a list").len(), 1);
    assert_eq!(run_to_end(first.as_mut()).expect("a list").len(), 1);
    assert_eq!(run_to_end(second.as_mut()).expect("a list").len(), 1);
}

#[test]
fn without_sessions_or_destinations_nothing_is_compared() {
    for (key, there) in [
        (for_one_host(), sessions([])),
        (record(&alice()), sessions([session_host(1).login(b"s")])),
    ] {
        let service = listing(&[alice()], [key]);
        let mut list = pin!(service.list(call_of(&alice()), None, there));
        let polled = list.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(polled, Poll::Ready(Ok(keys)) if keys.len() == 1));
    }
}
