//! Tests of what is archived.

use std::fs;

use sshtpm_core::error::StoreError;
use sshtpm_core::identity::Owner;
use sshtpm_core::key::KeyRecord;
use sshtpm_core::policy::{Permit, Target};
use sshtpm_core::ports::KeyStore as _;
use sshtpm_core::requests::{ArchiveLost, DeleteOrphans};

use super::MOST_OF_USER;
use crate::store::FileStore;
use crate::store::directory;
use crate::store::fixtures::{State, alice, owner, place, record, target};

fn archiving(owner: &Owner) -> Permit<ArchiveLost> {
    Permit::unasked(ArchiveLost {
        target: target(owner),
        key: None,
    })
}

fn deleting(former: &Owner) -> Permit<DeleteOrphans> {
    let caller: Target = target(former);
    Permit::unasked(DeleteOrphans {
        caller: caller.caller,
        former: former.clone(),
        key: None,
    })
}

async fn archive(store: &FileStore, record: &KeyRecord) -> Result<(), StoreError> {
    let there = store.find(&record.owner, record.fingerprint()).await;
    let lost = there.expect("the key is there");
    store.archive(&archiving(&record.owner), &lost).await
}

/// Names of what is archived of the uid of `owner`.
fn archived(state: &State, owner: &Owner) -> Vec<String> {
    let place = state.path().join("archive").join(owner.uid().0.to_string());
    let Ok(entries) = fs::read_dir(place) else {
        return Vec::new();
    };
    let names = entries.map(|entry| entry.expect("an entry").file_name());
    names
        .map(|name| name.into_string().expect("UTF-8"))
        .collect()
}

#[tokio::test]
async fn an_archived_record_is_what_it_was_and_no_longer_a_key() {
    let state = State::new();
    let (store, one) = (state.open(), record(&alice(), 1));
    store.add(one.clone(), place()).await.expect("stored");
    let before = fs::read(state.file(&one)).expect("a record");
    archive(&store, &one).await.expect("archived");
    let name = directory::file_name(one.fingerprint());
    assert_eq!(archived(&state, &alice()), std::slice::from_ref(&name));
    let file = state.path().join("archive/4242").join(name);
    assert_eq!(fs::read(file).expect("a record"), before);
    for store in [store, state.open()] {
        assert!(store.list(&alice()).await.is_empty());
    }
}

#[tokio::test]
async fn a_record_that_was_changed_since_is_not_archived() {
    let state = State::new();
    let (store, one) = (state.open(), record(&alice(), 1));
    store.add(one.clone(), place()).await.expect("stored");
    let other = KeyRecord {
        created: 1,
        ..one.clone()
    };
    let permit = archiving(&alice());
    let changed = store.archive(&permit, &other.into()).await;
    assert_eq!(changed, Err(StoreError::ChangedByAnother));
    assert_eq!(store.list(&alice()).await.len(), 1);
}

#[tokio::test]
async fn an_archiving_that_cannot_be_synced_is_taken_back() {
    let state = State::new();
    let one = record(&alice(), 1);
    let added = state.open().add(one.clone(), place()).await;
    added.expect("stored");
    let fails = |path: &std::path::Path| match path.ends_with("archive/4242") {
        true => Err(std::io::Error::other("a disk that fails")),
        false => Ok(()),
    };
    let store = state.open_failing(fails);
    let failed = archive(&store, &one).await;
    assert_eq!(failed, Err(StoreError::NotWritable));
    assert!(archived(&state, &alice()).is_empty());
    assert_eq!(state.open().list(&alice()).await.len(), 1);
}

#[tokio::test]
async fn of_too_many_archived_records_the_earliest_goes() {
    let state = State::new();
    let (store, one) = (state.open(), record(&alice(), 1));
    store.add(one.clone(), place()).await.expect("stored");
    let directory = state.path().join("archive/4242");
    fs::create_dir_all(&directory).expect("a directory");
    let early = directory.join("early.json");
    fs::write(&early, "").expect("a file");
    let came = |path: &std::path::Path| {
        use std::os::unix::fs::MetadataExt as _;
        let file = fs::metadata(path).expect("a file");
        (file.ctime(), file.ctime_nsec())
    };
    for number in 1..MOST_OF_USER {
        let path = directory.join(number.to_string());
        // The clock of the disk moves in steps.
        loop {
            fs::write(&path, "x").expect("a file");
            if number > 1 || came(&path) > came(&early) {
                break;
            }
        }
    }
    archive(&store, &one).await.expect("archived");
    assert_eq!(archived(&state, &alice()).len(), MOST_OF_USER);
    assert!(!early.exists());
}

#[tokio::test]
async fn what_is_archived_of_a_former_user_goes_and_others_stay() {
    let state = State::new();
    let (store, former) = (state.open(), owner(4242, "bertha"));
    let (of_former, of_alice) = (record(&former, 1), record(&alice(), 2));
    for one in [&of_former, &of_alice] {
        store.add(one.clone(), place()).await.expect("stored");
        archive(&store, one).await.expect("archived");
    }
    let deleted = store.delete_archived(&deleting(&former)).await;
    deleted.expect("deleted");
    let rest = directory::file_name(of_alice.fingerprint());
    assert_eq!(archived(&state, &alice()), [rest]);
}

#[tokio::test]
async fn archived_records_are_read_whatever_name_the_user_had() {
    let state = State::new();
    let (store, former) = (state.open(), owner(4242, "bertha"));
    assert_eq!(store.archived_uids().await, Ok(Vec::new()));
    let both = [record(&former, 1), record(&alice(), 2)];
    for one in &both {
        store.add(one.clone(), place()).await.expect("stored");
        archive(&store, one).await.expect("archived");
    }
    let directory = state.path().join("archive");
    fs::write(directory.join("4242/odd.json"), "no record").expect("a file");
    fs::write(directory.join("odd"), "no directory").expect("a file");
    assert_eq!(store.archived_uids().await, Ok(vec![alice().uid()]));
    let mut read = store.archived(alice().uid()).await.expect("records");
    read.sort_by_key(|record| record.created);
    assert!(read.iter().zip(&both).all(|(read, one)| **read == *one));
    assert_eq!(read.len(), both.len());
}

#[tokio::test]
async fn of_a_former_user_one_archived_record_can_go() {
    let state = State::new();
    let (store, former) = (state.open(), owner(4242, "bertha"));
    let (one, other) = (record(&former, 1), record(&former, 2));
    for record in [&one, &other] {
        store.add(record.clone(), place()).await.expect("stored");
        archive(&store, record).await.expect("archived");
    }
    let permit = Permit::unasked(DeleteOrphans {
        key: Some(one.fingerprint()),
        ..deleting(&former).request().clone()
    });
    store.delete_archived(&permit).await.expect("deleted");
    let rest = directory::file_name(other.fingerprint());
    assert_eq!(archived(&state, &former), [rest]);
}
