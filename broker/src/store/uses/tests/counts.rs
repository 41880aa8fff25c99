//! How often a key signed, as the record counts it.

use std::fs;

use super::{ALICE, BOB, Record, at, key, owner, used};
use sshtpm_core::ports::UseRecord as _;
use sshtpm_core::uses::{Outcome, Tally};
use sshtpm_ssh::error_kind::ErrorKind;

#[tokio::test]
async fn signatures_are_counted_and_refusals_are_not() {
    let record = Record::new();
    record.note_all([
        at(10),
        at(20),
        used(ALICE, Outcome::NotSigned(ErrorKind::NotAuthorized)),
    ]);
    let twice = Tally {
        signatures: 2,
        last: Some(20),
    };
    assert_eq!(record.store.tally(&owner(ALICE), key(1)), twice);
    assert_eq!(record.store.tally(&owner(ALICE), key(2)), Tally::default());
    assert_eq!(record.store.tally(&owner(BOB), key(1)), Tally::default());
}

#[tokio::test]
async fn counts_survive_a_restart() {
    let record = Record::new();
    record.note_all([at(10), at(20)]);
    let record = record.restart().await;
    record.store.note(at(30));
    let record = record.restart().await;
    let tally = Tally {
        signatures: 3,
        last: Some(30),
    };
    assert_eq!(record.store.tally(&owner(ALICE), key(1)), tally);
}

#[tokio::test]
async fn the_count_of_a_deleted_key_is_forgotten_and_its_uses_are_not() {
    let record = Record::new();
    record.store.note(at(10));
    record.store.forget(&owner(ALICE), key(1));
    assert_eq!(record.store.tally(&owner(ALICE), key(1)), Tally::default());
    let record = record.restart().await;
    assert_eq!(record.store.tally(&owner(ALICE), key(1)), Tally::default());
    assert_eq!(record.times(ALICE).await, [10]);
}

#[tokio::test]
async fn damaged_counts_start_again_at_zero() {
    for damage in [
        "",
        "{}",
        "{\"version\":1,\"keys\":[{}]}",
        "{\"version\":2,\"keys\":[]}",
    ] {
        let record = Record::new();
        record.note_all([at(10), used(BOB, Outcome::Signed)]);
        record.store.finish().await;
        fs::write(record.file("4242.counts.json"), damage).expect("a file");
        let record = Record::of(record.state);
        assert_eq!(record.store.tally(&owner(ALICE), key(1)), Tally::default());
        assert_eq!(record.store.tally(&owner(BOB), key(1)).signatures, 1);
        record.store.note(at(20));
        let record = record.restart().await;
        let tally = record.store.tally(&owner(ALICE), key(1));
        assert_eq!(tally.signatures, 1, "{damage}");
    }
}
