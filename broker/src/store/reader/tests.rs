//! Tests of when which keys are read.

use std::fs;

use futures_util::FutureExt as _;
use futures_util::future::join;

use super::*;
use crate::store::FileStore;
use crate::store::fixtures::{State, alice, delete, logged, owner, place, record, set_comment};
use sshtpm_core::error::StoreError;
use sshtpm_core::identity::Owner;
use sshtpm_core::ports::KeyStore as _;

fn bob() -> Owner {
    owner(4243, "bob")
}

/// A store just opened, in which alice and bob have a key each.
async fn opened(state: &State) -> FileStore {
    let store = state.open();
    for (owner, seed) in [(alice(), 1), (bob(), 2)] {
        let added = store.add(record(&owner, seed), place()).await;
        added.expect("stored");
    }
    state.open()
}

/// Reads for `store` from a path that no user can read: a name in it is too long.
fn out_of_reach(state: &State, store: &FileStore) -> Reader {
    Reader {
        keys: state.keys().join("x".repeat(300)),
        ..store.reader.clone()
    }
}

async fn read_rest(store: &FileStore) {
    let read_rest = store.read_rest();
    let read = tokio::task::spawn_blocking(read_rest).await;
    read.expect("they are read");
}

#[tokio::test]
async fn a_request_does_not_wait_for_keys_of_other_users() {
    let state = State::new();
    let store = opened(&state).await;
    let bobs = read_index(store.reader.index()).turn(bob().uid());
    let _reads = bobs.expect("not read yet").lock_owned().await;
    assert_eq!(store.list(&alice()).await.len(), 1);
    assert!(store.list(&bob()).now_or_never().is_none());
}

#[tokio::test]
async fn keys_that_cannot_be_read_now_are_not_taken_for_none() {
    let state = State::new();
    let store = opened(&state).await;
    let reader = out_of_reach(&state, &store);
    assert!(reader.read(alice().uid()).await.is_err());
    assert_eq!(
        store.list(&alice()).await.len(),
        1,
        "read by the next request"
    );
}

#[tokio::test]
async fn the_keys_in_the_tpm_are_unknown_while_some_cannot_be_read() {
    let state = State::new();
    let store = opened(&state).await;
    let reader = out_of_reach(&state, &store);
    let store = FileStore { reader, ..store };
    assert_eq!(store.promoted().await, Err(StoreError::KeysUnreadable));
}

#[tokio::test]
async fn two_who_ask_at_the_same_time_have_keys_read_once() {
    let state = State::new();
    let store = opened(&state).await;
    let turn = read_index(store.reader.index()).turn(alice().uid());
    let turn = turn.expect("not read yet").lock_owned().await;
    let (owner, key) = (alice(), record(&alice(), 1).fingerprint());
    let mut asked = std::pin::pin!(join(store.list(&owner), store.find(&owner, key)));
    assert!(asked.as_mut().now_or_never().is_none(), "half a list");
    let read = store.reader.read_now(alice().uid(), &turn);
    read.expect("her keys can be read");
    // A second reading finds nothing.
    fs::remove_dir_all(state.keys().join("4242")).expect("removed");
    drop(turn);
    let (listed, found) = asked.await;
    assert_eq!(listed.len(), 1);
    assert!(found.is_some());
}

#[tokio::test]
async fn there_is_no_place_for_another_key_before_keys_are_read() {
    let state = State::new();
    let store = opened(&state).await;
    assert_eq!(store.count(&alice()), usize::MAX);
    assert_eq!(store.list(&alice()).await.len(), 1);
    assert_eq!(store.count(&alice()), 1);
    assert_eq!(store.count(&owner(4244, "carol")), 0);
}

#[tokio::test]
async fn what_is_changed_before_the_rest_is_read_stays_changed() {
    let state = State::new();
    let store = opened(&state).await;
    let (old, bobs) = (record(&alice(), 1), record(&bob(), 2));
    let added = store.add(record(&alice(), 3), place()).await;
    assert_eq!(added, Ok(()));
    let deleted = store.delete(&delete(&alice(), old.fingerprint())).await;
    assert!(deleted.is_ok());
    let renamed = store.set_comment(set_comment(&bobs, "new")).await;
    assert_eq!(renamed, Ok(()));
    read_rest(&store).await;
    for store in [store, state.open()] {
        let listed = store.list(&alice()).await;
        assert!(*listed == [record(&alice(), 3).into()]);
        let found = store.find(&bob(), bobs.fingerprint()).await;
        assert_eq!(found.expect("a key").comment.as_str(), "new");
    }
}

#[tokio::test]
async fn the_store_reads_all_owners_to_know_the_keys_in_the_tpm() {
    let state = State::new();
    let store = opened(&state).await;
    assert!(store.promoted().await.expect("read").is_empty());
    assert_eq!((store.count(&alice()), store.count(&bob())), (1, 1));
}

#[test]
fn damaged_records_are_set_aside_before_the_first_request() {
    let state = State::new();
    drop(state.open());
    let directory = state.keys().join("4242");
    crate::store::directory::create(&directory).expect("a directory");
    let file = directory.join("00.json");
    fs::write(&file, "{").expect("a file");
    let (store, log) = logged(|| state.open());
    assert!(file.exists() && log.is_empty(), "{log}");
    let ((), log) = logged(store.read_rest());
    assert!(!file.exists() && log.contains("00.json"), "{log}");
}
