use std::time::Duration;

use super::*;

const ALICE: Uid = Uid(1000);
const BOB: Uid = Uid(1001);

fn call(uid: Uid, serial: u32, bytes: usize) -> Call {
    Call {
        id: (format!(":1.{}", uid.0), serial),
        uid,
        bytes,
        wants_answer: true,
    }
}

/// Serves calls with answers of `bytes` until one is not served: how many were, and what became of
/// that one.
fn serve_all(ledger: &Ledger, uid: Uid, bytes: usize, now: Instant) -> (u32, Entry) {
    for serial in 1..100_000 {
        let call = call(uid, serial, 1);
        let id = call.id.clone();
        match ledger.enter(call, now) {
            Entry::Served => ledger.settle(&id, bytes, now),
            other => return (serial - 1, other),
        }
    }
    panic!("everything was served");
}

#[test]
fn calls_without_an_answer_take_a_bounded_amount_of_memory() {
    let (ledger, now) = (Ledger::default(), Instant::now());
    let half = MOST_HELD_BYTES / 2;
    assert_eq!(ledger.enter(call(BOB, 1, half), now), Entry::Served);
    assert_eq!(ledger.enter(call(BOB, 2, half), now), Entry::Served);
    assert_eq!(ledger.enter(call(BOB, 3, 1), now), Entry::NoRoom);
    assert_eq!(ledger.enter(call(ALICE, 1, 1), now), Entry::Served);
    ledger.settle(&call(BOB, 1, half).id, 100, now);
    assert_eq!(ledger.enter(call(BOB, 4, half), now), Entry::Served);
}

#[test]
fn answers_are_charged_until_time_has_passed() {
    let (ledger, now) = (Ledger::default(), Instant::now());
    let (served, entry) = serve_all(&ledger, BOB, 64 * 1024, now);
    assert_eq!((served, entry), (65, Entry::Indebted));
    assert_eq!(ledger.enter(call(ALICE, 1, 1), now), Entry::Served);
    let later = now + Duration::from_secs(60);
    assert_eq!(ledger.enter(call(BOB, 1, 1), later), Entry::Served);
}

#[test]
fn every_call_is_refused_for_as_long_as_the_debt_lasts() {
    let (ledger, now) = (Ledger::default(), Instant::now());
    serve_all(&ledger, BOB, 4 * 1024 * 1024 + 1024, now);
    for serial in 0..100_000 {
        let entry = ledger.enter(call(BOB, serial, 1), now);
        assert!(matches!(entry, Entry::Indebted | Entry::StillIndebted));
        ledger.refuse(BOB, now);
    }
    assert_eq!(ledger.enter(call(BOB, 1, 1), now), Entry::StillIndebted);
}

#[test]
fn any_number_of_refusals_makes_a_user_wait_for_a_second_more() {
    let (ledger, now) = (Ledger::default(), Instant::now());
    serve_all(&ledger, BOB, 4 * 1024 * 1024 + 1024, now);
    let in_a_moment = now + Duration::from_millis(100);
    for serial in 0..100_000 {
        assert_ne!(ledger.enter(call(BOB, serial, 1), now), Entry::Served);
    }
    assert_ne!(ledger.enter(call(BOB, 1, 1), in_a_moment), Entry::Served);
    let later = now + Duration::from_millis(1_100);
    assert_eq!(ledger.enter(call(BOB, 1, 1), later), Entry::Served);
}

#[test]
fn a_call_that_wants_no_answer_is_charged_for_none() {
    let (ledger, now) = (Ledger::default(), Instant::now());
    for serial in 1..1000 {
        let silent = Call {
            wants_answer: false,
            ..call(BOB, serial, 1)
        };
        let id = silent.id.clone();
        assert_eq!(ledger.enter(silent, now), Entry::Served);
        assert!(!ledger.wants_answer(&id));
        ledger.settle(&id, 1024 * 1024, now);
    }
}

#[test]
fn a_second_call_with_the_same_number_is_ignored() {
    let (ledger, now) = (Ledger::default(), Instant::now());
    assert_eq!(ledger.enter(call(BOB, 1, 1), now), Entry::Served);
    assert_eq!(ledger.enter(call(BOB, 1, 1), now), Entry::Ignored);
}

#[test]
fn calls_of_a_connection_that_is_gone_take_nothing() {
    let (ledger, now) = (Ledger::default(), Instant::now());
    let most = call(BOB, 1, MOST_HELD_BYTES);
    assert_eq!(ledger.enter(most, now), Entry::Served);
    ledger.forget_calls();
    let most = call(BOB, 1, MOST_HELD_BYTES);
    assert_eq!(ledger.enter(most, now), Entry::Served);
}
