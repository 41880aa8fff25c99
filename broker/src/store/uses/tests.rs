//! The record on a real disk, by way of the thread that writes it.

mod counts;

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use futures_util::FutureExt as _;

use super::segments::Segments;
use super::{MOST_USES, QUEUE_LENGTH, UseStore};
use crate::store::fixtures::{State, permit};
use sshtpm_core::identity::{Caller, Owner};
use sshtpm_core::ports::UseRecord as _;
use sshtpm_core::requests::GetUses;
use sshtpm_core::uses::examples::{ALICE, BOB, key, owner, used};
use sshtpm_core::uses::{Noted, Outcome, Tally, Use};
use sshtpm_ssh::error_kind::ErrorKind;
use sshtpm_ssh::fingerprint::Fingerprint;

/// A broker's record in a directory of its own.
struct Record {
    state: State,
    store: UseStore,
}

impl Record {
    fn new() -> Self {
        Self::of(State::new())
    }

    fn of(state: State) -> Self {
        let store = UseStore::start(state.path(), |_| {}).expect("a thread");
        Self { state, store }
    }

    /// Another broker, after this one has ended.
    async fn restart(self) -> Self {
        self.store.finish().await;
        Self::of(self.state)
    }

    fn note_all(&self, uses: impl IntoIterator<Item = Use>) {
        uses.into_iter().for_each(|used| self.store.note(used));
    }

    async fn last(&self, owner: &Owner, key: Option<Fingerprint>) -> Vec<Noted> {
        let caller = Caller {
            bus_name: ":1.1".to_owned(),
            owner: owner.clone(),
            interactive: false,
        };
        let answer = self.store.last(permit(GetUses { caller, key })).await;
        answer.expect("the disk works")
    }

    async fn times(&self, user: (u32, &str)) -> Vec<u64> {
        let uses = self.last(&owner(user), None).await;
        uses.iter().map(|noted| noted.used.time).collect()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.state.path().join("uses").join(name)
    }
}

fn at(time: u64) -> Use {
    Use {
        time,
        ..used(ALICE, Outcome::Signed)
    }
}

#[tokio::test]
async fn uses_come_back_in_order_and_survive_a_restart() {
    let record = Record::new();
    record.note_all([
        at(1),
        used(BOB, Outcome::NotSigned(ErrorKind::KeyLost)),
        at(2),
    ]);
    assert_eq!(record.times(ALICE).await, [1, 2]);
    let record = record.restart().await;
    record.store.note(at(3));
    assert_eq!(record.times(ALICE).await, [1, 2, 3]);
    let bobs = record.last(&owner(BOB), None).await;
    let noted = Noted {
        used: used(BOB, Outcome::NotSigned(ErrorKind::KeyLost)),
        more: 0,
    };
    assert_eq!(bobs, [noted]);
}

#[tokio::test]
async fn one_key_is_told_from_the_others() {
    let record = Record::new();
    let other = Use {
        key: key(2),
        ..at(2)
    };
    record.note_all([at(1), other.clone(), at(3)]);
    let uses = record.last(&owner(ALICE), Some(key(2))).await;
    let uses: Vec<_> = uses.into_iter().map(|noted| noted.used).collect();
    assert_eq!(uses, [other]);
    assert_eq!(record.last(&owner(ALICE), Some(key(3))).await, []);
}

#[tokio::test]
async fn another_user_with_the_same_uid_sees_nothing() {
    let record = Record::new();
    record.store.note(at(1));
    let heir = owner((ALICE.0, "mallory"));
    assert_eq!(record.last(&heir, None).await, []);
    assert_eq!(record.store.tally(&heir, key(1)), Tally::default());
}

#[tokio::test]
async fn of_many_uses_the_last_thousand_are_there_and_the_disk_is_not_filled() {
    let record = Record::new();
    for batch in 0..10 {
        record.note_all((0..500).map(|number| at(batch * 500 + number)));
        // So that the queue has room for all of them.
        record.last(&owner(ALICE), None).await;
    }
    let times = record.times(ALICE).await;
    assert_eq!(times, (4000..5000).collect::<Vec<_>>());
    assert_eq!(times.len(), MOST_USES);
    let size = |name| fs::metadata(record.file(name)).expect("a file").len();
    assert!(size("4242.jsonl") <= 256 * 1024);
    assert!(size("4242.old.jsonl") <= 256 * 1024);
}

#[tokio::test]
async fn a_flood_of_refusals_neither_fills_the_record_nor_goes_uncounted() {
    let record = Record::new();
    record.store.note(at(1));
    record.note_all((0..1000).map(|_| used(ALICE, Outcome::NotSigned(ErrorKind::NotAuthorized))));
    assert_eq!(record.last(&owner(ALICE), None).await.len(), 21);
    record.store.finish().await;
    let uses = record.last(&owner(ALICE), None).await;
    assert_eq!(uses.len(), 22);
    assert_eq!(uses.last().map(|noted| noted.more), Some(979));
}

#[tokio::test]
async fn damaged_lines_are_skipped_and_spoil_no_other() {
    let record = Record::new();
    record.store.note(at(1));
    let record = record.restart().await;
    let path = record.file("4242.jsonl");
    let file = fs::OpenOptions::new().append(true).open(&path);
    // A crash: a line that was not written to its end, and one of which there are only zeros.
    let damage = b"\xff\xfe{}\n\0\0\0\0\n{\"time\":2,\"owner\":\"al";
    file.and_then(|mut file| file.write_all(damage))
        .expect("a file");
    record.store.note(at(3));
    assert_eq!(record.times(ALICE).await, [1, 3]);
}

#[tokio::test]
async fn the_journal_gets_what_is_written_down() {
    static SEEN: Mutex<Vec<Noted>> = Mutex::new(Vec::new());
    let seen = || SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    let state = State::new();
    let journal = |noted: &Noted| {
        SEEN.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(noted.clone());
    };
    let store = UseStore::start(state.path(), journal).expect("a thread");
    for _ in 0..100 {
        store.note(used(ALICE, Outcome::NotSigned(ErrorKind::PinRequired)));
    }
    store.finish().await;
    assert_eq!(seen().len(), 21);
    assert_eq!(seen().iter().map(|noted| noted.more).sum::<u64>(), 79);
}

#[tokio::test]
async fn a_hanging_journal_delays_no_caller_and_catches_up_later() {
    static GATE: Mutex<()> = Mutex::new(());
    let state = State::new();
    let journal = |_: &Noted| drop(GATE.lock().unwrap_or_else(PoisonError::into_inner));
    let store = UseStore::start(state.path(), journal).expect("a thread");
    let record = Record { state, store };
    let more_than_fit = QUEUE_LENGTH as u64 + 100;
    {
        let _hanging = GATE.lock().unwrap_or_else(PoisonError::into_inner);
        record.note_all((0..more_than_fit).map(at));
        let tally = record.store.tally(&owner(ALICE), key(1));
        assert_eq!(tally.signatures, more_than_fit, "all are counted");
        assert!(!record.file("4242.jsonl").exists(), "none is on the disk");
    }
    let mut looks = 0;
    while record.times(ALICE).await.len() < MOST_USES {
        looks += 1;
        assert!(looks < 10_000, "nothing more is written");
    }
    record.store.note(at(more_than_fit));
    assert_eq!(record.times(ALICE).await.last(), Some(&more_than_fit));
}

#[tokio::test]
async fn a_flood_of_refusals_takes_no_room_from_others_while_the_journal_hangs() {
    static GATE: Mutex<()> = Mutex::new(());
    let state = State::new();
    let journal = |_: &Noted| drop(GATE.lock().unwrap_or_else(PoisonError::into_inner));
    let store = UseStore::start(state.path(), journal).expect("a thread");
    let record = Record { state, store };
    let flood = 2 * QUEUE_LENGTH;
    {
        let _hanging = GATE.lock().unwrap_or_else(PoisonError::into_inner);
        record.note_all(
            (0..flood).map(|_| used(ALICE, Outcome::NotSigned(ErrorKind::NotAuthorized))),
        );
        record.note_all([used(BOB, Outcome::Signed), at(1)]);
    }
    let record = record.restart().await;
    assert_eq!(record.last(&owner(BOB), None).await.len(), 1);
    let alices = record.last(&owner(ALICE), None).await;
    let stands_for = |noted: &Noted| 1 + noted.more;
    assert_eq!(alices.iter().map(stands_for).sum::<u64>(), flood as u64 + 1);
    assert!(alices.iter().any(|noted| noted.used == at(1)));
}

#[tokio::test]
async fn what_a_crashed_broker_left_unfinished_is_removed() {
    let record = Record::new();
    record.store.note(at(10));
    let record = record.restart().await;
    let unfinished = record.file(".new-abc");
    fs::write(&unfinished, "").expect("a file");
    let record = record.restart().await;
    assert!(!unfinished.exists());
    assert_eq!(record.store.tally(&owner(ALICE), key(1)).signatures, 1);
}

#[tokio::test]
async fn the_record_is_for_us_alone() {
    let record = Record::new();
    record.store.note(at(1));
    record.store.finish().await;
    for (name, expected) in [
        ("", 0o700),
        ("4242.jsonl", 0o600),
        ("4242.counts.json", 0o600),
    ] {
        let metadata = fs::metadata(record.file(name)).expect("it is there");
        assert_eq!(metadata.permissions().mode() & 0o7777, expected, "{name}");
    }
}

#[test]
fn a_disk_that_fails_is_an_error_and_leaves_whole_lines() {
    let noted = |time| Noted {
        used: at(time),
        more: 0,
    };
    let state = State::new();
    let uses = state.path().join("uses");
    let segments = Segments::new(uses.clone());
    segments.append(&[noted(1)]).expect("the disk works");
    // What is there cannot be written to: a link, a directory, others' directory.
    let current = uses.join("4242.jsonl");
    fs::rename(&current, uses.join("4242.old.jsonl")).expect("renamed");
    std::os::unix::fs::symlink("4242.old.jsonl", &current).expect("a link");
    assert!(segments.append(&[noted(2)]).is_err());
    fs::remove_file(&current).expect("removed");
    fs::create_dir(&current).expect("a directory");
    assert!(segments.append(&[noted(2)]).is_err());
    fs::remove_dir(&current).expect("removed");
    fs::set_permissions(&uses, fs::Permissions::from_mode(0o777)).expect("ours");
    assert!(segments.append(&[noted(2)]).is_err());
    fs::set_permissions(&uses, fs::Permissions::from_mode(0o700)).expect("ours");
    segments.append(&[noted(3)]).expect("the disk works again");
    let last = segments.last(&owner(ALICE), None, 10).expect("a disk");
    let times: Vec<_> = last.iter().map(|noted| noted.used.time).collect();
    assert_eq!(times, [1, 3]);
}

#[tokio::test]
async fn an_answer_does_not_wait_for_those_of_a_user_who_asks_much() {
    let record = Record::new();
    record.note_all([at(1)]);
    let (bob, alice) = (owner(BOB), owner(ALICE));
    let _bobs = record.store.readers.take(bob.uid()).await;
    let mut further: Vec<_> = (0..4)
        .map(|_| Box::pin(record.store.readers.take(bob.uid())))
        .collect();
    assert!(further.iter_mut().all(|one| one.now_or_never().is_none()));
    assert_eq!(record.last(&alice, None).await.len(), 1);
}

#[tokio::test]
async fn of_a_user_who_is_gone_nothing_is_kept_and_of_the_heir_all() {
    let record = Record::new();
    let heir = (ALICE.0, "heir");
    record.note_all([at(1), used(heir, Outcome::Signed), at(2)]);
    record.store.forget_owner(&owner(ALICE));
    assert!(record.times(ALICE).await.is_empty());
    assert_eq!(record.times(heir).await.len(), 1);
    assert_eq!(record.store.tally(&owner(ALICE), key(1)), Tally::default());
    let record = record.restart().await;
    assert_eq!(record.store.tally(&owner(heir), key(1)).signatures, 1);
    record.store.forget_owner(&owner(heir));
    let record = record.restart().await;
    for name in ["jsonl", "counts.json"] {
        let file = record.file(&format!("{}.{name}", ALICE.0));
        assert!(!file.exists(), "{name}");
    }
}
