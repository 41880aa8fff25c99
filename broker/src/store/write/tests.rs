//! Tests of changes that the disk does not carry out.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;

use super::*;
use crate::store::FileStore;
use crate::store::fixtures::{
    State, alice, delete, logged, place, record, set_comment, with_long_restrictions, wrapped,
};
use sshtpm_core::ports::KeyStore as _;

fn full(_: &Path) -> io::Result<()> {
    Err(io::Error::from_raw_os_error(nix::libc::ENOSPC))
}

fn over_quota(_: &Path) -> io::Result<()> {
    Err(io::Error::from_raw_os_error(nix::libc::EDQUOT))
}

fn broken(_: &Path) -> io::Result<()> {
    Err(io::Error::from_raw_os_error(nix::libc::EIO))
}

/// A state directory with one key in it.
async fn with_one_key() -> (State, KeyRecord) {
    let state = State::new();
    let record = record(&alice(), 1);
    state
        .open()
        .add(record.clone(), place())
        .await
        .expect("stored");
    (state, record)
}

/// The running store and the next one have `record` alone, and nothing else lies about.
async fn assert_unchanged(state: &State, store: &FileStore, record: &KeyRecord) {
    for store in [store, &state.open()] {
        let keys = store.list(&alice()).await;
        assert_eq!(keys.len(), 1);
        assert!(*keys[0] == *record);
    }
    assert_eq!(
        state.files(&alice()),
        [directory::file_name(record.fingerprint())]
    );
}

#[tokio::test]
async fn a_key_whose_name_does_not_reach_the_disk_is_not_added() {
    let (state, kept) = with_one_key().await;
    let added = state.open_failing(broken);
    let refused = added.add(record(&alice(), 2), place()).await;
    assert_eq!(refused, Err(StoreError::NotWritable));
    assert_unchanged(&state, &added, &kept).await;
}

#[tokio::test]
async fn a_comment_that_does_not_reach_the_disk_is_taken_back() {
    let (state, kept) = with_one_key().await;
    let store = state.open_failing(broken);
    let refused = store.set_comment(set_comment(&kept, "new")).await;
    assert_eq!(refused, Err(StoreError::NotWritable));
    assert_unchanged(&state, &store, &kept).await;
}

#[tokio::test]
async fn a_deletion_that_does_not_reach_the_disk_is_taken_back() {
    let (state, kept) = with_one_key().await;
    let store = state.open_failing(broken);
    let refused = store.delete(&delete(&alice(), kept.fingerprint())).await;
    assert_eq!(refused, Err(StoreError::NotWritable));
    assert_unchanged(&state, &store, &kept).await;
}

#[tokio::test]
async fn a_full_disk_and_a_full_quota_are_told_from_other_failures() {
    let (state, _) = with_one_key().await;
    for sync in [full, over_quota] {
        let refused = state
            .open_failing(sync)
            .add(record(&alice(), 2), place())
            .await;
        assert_eq!(refused, Err(StoreError::Full));
    }
}

#[tokio::test]
async fn a_key_that_is_there_is_not_replaced_by_adding_it() {
    let (state, kept) = with_one_key().await;
    let store = state.open();
    let mut again = kept.clone();
    again.created += 1;
    // Two imports of one key: the first one made it.
    let refused = store.add(again, place()).await;
    assert_eq!(refused, Err(StoreError::ChangedByAnother));
    assert_unchanged(&state, &store, &kept).await;
}

#[tokio::test]
async fn a_file_that_is_not_served_is_not_replaced_either() {
    let (state, kept) = with_one_key().await;
    let second = record(&alice(), 2);
    fs::write(state.file(&second), "{\"version\": 999}").expect("a file");
    fs::set_permissions(state.file(&second), Permissions::from_mode(0o600)).expect("a mode");
    let store = state.open();
    assert_eq!(
        store.add(second.clone(), place()).await,
        Err(StoreError::NotWritable)
    );
    assert_eq!(store.list(&alice()).await.len(), 1);
    assert!(store.find(&alice(), kept.fingerprint()).await.is_some());
    let text = fs::read_to_string(state.file(&second)).expect("a file");
    assert_eq!(text, "{\"version\": 999}");
}

#[tokio::test]
async fn without_a_directory_to_write_to_nothing_changes() {
    let (state, kept) = with_one_key().await;
    let store = state.open();
    assert_eq!(store.list(&alice()).await.len(), 1);
    let directory = state.file(&kept).parent().expect("a directory").to_owned();
    let away = state.path().join("away");
    fs::rename(&directory, &away).expect("moved");
    fs::write(&directory, "").expect("a file");
    assert_eq!(
        store.add(record(&alice(), 2), place()).await,
        Err(StoreError::NotWritable)
    );
    let changed = store.set_comment(set_comment(&kept, "new")).await;
    assert_eq!(changed, Err(StoreError::NotWritable));
    let deleted = store.delete(&delete(&alice(), kept.fingerprint())).await;
    assert_eq!(deleted, Err(StoreError::NotWritable));
    fs::remove_file(&directory).expect("removed");
    fs::rename(&away, &directory).expect("moved back");
    assert_unchanged(&state, &store, &kept).await;
}

#[tokio::test]
async fn nothing_is_written_to_a_directory_that_others_could_change() {
    let (state, kept) = with_one_key().await;
    let store = state.open();
    assert_eq!(store.list(&alice()).await.len(), 1);
    let directory = state.file(&kept).parent().expect("a directory").to_owned();
    fs::set_permissions(&directory, Permissions::from_mode(0o777)).expect("a mode");
    assert_eq!(
        store.add(record(&alice(), 2), place()).await,
        Err(StoreError::NotWritable)
    );
    fs::set_permissions(&directory, Permissions::from_mode(0o700)).expect("a mode");
    assert_unchanged(&state, &store, &kept).await;
}

#[tokio::test]
async fn a_key_that_could_not_be_read_again_is_not_stored() {
    let (state, kept) = with_one_key().await;
    let store = state.open();
    let mut broken = record(&alice(), 2);
    broken.key.blob.private = wrapped(&broken.key.blob)[..9].to_vec().into();
    assert_eq!(
        store.add(broken, place()).await,
        Err(StoreError::NotWritable)
    );
    assert_unchanged(&state, &store, &kept).await;
}

#[tokio::test]
async fn a_key_with_longer_restrictions_than_are_read_again_is_not_stored() {
    let (state, kept) = with_one_key().await;
    let store = state.open();
    let long = with_long_restrictions(record(&alice(), 2));
    assert_eq!(store.add(long, place()).await, Err(StoreError::TooLong));
    assert_unchanged(&state, &store, &kept).await;
}

#[tokio::test]
async fn a_key_whose_file_is_gone_can_be_deleted() {
    let (state, kept) = with_one_key().await;
    let store = state.open();
    assert_eq!(store.list(&alice()).await.len(), 1);
    fs::remove_file(state.file(&kept)).expect("removed");
    let deleted = store.delete(&delete(&alice(), kept.fingerprint())).await;
    assert!(deleted.is_ok());
    assert!(store.list(&alice()).await.is_empty());
}

#[test]
fn a_failure_is_logged_once_with_its_place_and_without_the_key() {
    let state = State::new();
    drop(state.open());
    let writer = Writer::new(state.keys(), broken);
    let record = record(&alice(), 1);
    let (refused, log) = logged(|| writer.add(&record));
    assert_eq!(refused, Err(StoreError::NotWritable));
    assert_eq!(log.lines().count(), 1, "{log}");
    assert!(
        log.contains("ERROR") && log.contains("Input/output error"),
        "{log}"
    );
    assert!(log.contains(&state.keys().display().to_string()), "{log}");
    let text = record::encode(&record).expect("a text");
    let key = text.split("KEY-----").nth(1).expect("a key");
    assert!(!log.contains(&key[..40]), "{log}");
}
