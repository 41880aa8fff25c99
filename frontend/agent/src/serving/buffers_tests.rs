//! Buffers that a few connections fill.

use std::rc::Rc;

use futures_util::FutureExt;

use super::{Buffer, Buffers};
use crate::origin::Origin;
use crate::peer::Peer;
use crate::serving::activity::Activity;

const LIMIT: usize = 1000;

/// The beginning of a message of 256 bytes.
const BEGINNING: [u8; 4] = [0, 0, 1, 0];

fn buffer(all: &Rc<Buffers>, origin: Origin) -> Buffer {
    let activity = Rc::new(Activity::new(Peer::User, Rc::default()));
    activity.end(origin);
    all.add(activity)
}

fn local(all: &Rc<Buffers>) -> Buffer {
    buffer(all, Origin::Local)
}

fn is_closed(buffer: &Buffer) -> bool {
    buffer.closed().now_or_never().is_some()
}

#[test]
fn the_fullest_buffer_is_closed_and_the_others_keep_their_bytes() {
    let all = Buffers::new(LIMIT);
    let (small, full, last) = (local(&all), local(&all), local(&all));
    small.push(&BEGINNING);
    full.push(&[0; 700]);
    assert!(!is_closed(&full));
    last.push(&[0; 400]);
    assert!(is_closed(&full));
    assert!(!is_closed(&small) && !is_closed(&last));
    assert!(all.held.get() <= LIMIT);
    small.push(&[7; 256]);
    let message = small.next_message().unwrap().unwrap();
    assert_eq!(*message, [7; 256]);
}

#[test]
fn a_forwarded_buffer_is_closed_before_a_fuller_local_one() {
    let all = Buffers::new(LIMIT);
    let (full, forwarded) = (local(&all), buffer(&all, Origin::Forwarded));
    full.push(&[0; 600]);
    forwarded.push(&[0; 300]);
    local(&all).push(&[0; 200]);
    assert!(is_closed(&forwarded));
    assert!(!is_closed(&full));
}

#[test]
fn a_buffer_that_fills_all_room_closes_itself() {
    let all = Buffers::new(LIMIT);
    let only = local(&all);
    only.push(&[0; LIMIT + 1]);
    assert!(is_closed(&only));
    only.push(&[0; 10]);
    assert_eq!(all.held.get(), 0);
}

#[test]
fn messages_that_were_taken_or_dropped_make_room() {
    let all = Buffers::new(LIMIT);
    let (taken, dropped) = (local(&all), local(&all));
    taken.push(&BEGINNING);
    taken.push(&[7; 256]);
    dropped.push(&[0; 100]);
    assert!(taken.next_message().unwrap().is_some());
    drop(dropped);
    assert_eq!(all.held.get(), 0);
}
