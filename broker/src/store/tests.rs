//! Tests of the store as the core sees it.

use std::fs;
use std::future::Future;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use super::fixtures::{State, alice, delete, logged, owner, place, record, set_comment, set_pin};
use super::*;
use sshtpm_core::key::{KeyBlob, KeyRecord, Protection};
use sshtpm_core::ports::KeyStore as _;
use sshtpm_core::quota::Claims;

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).expect("a file").mode() & 0o7777
}

#[tokio::test]
async fn what_was_stored_is_there_after_a_restart() {
    let state = State::new();
    let record = record(&alice(), 1);
    let store = state.open();
    store.add(record.clone(), place()).await.expect("stored");
    let fingerprint = record.fingerprint();
    for store in [store, state.open()] {
        let found = store.find(&alice(), fingerprint).await.expect("a key");
        assert!(*found == record);
    }
}

#[tokio::test]
async fn directories_and_files_are_for_us_alone() {
    let state = State::new();
    let record = record(&alice(), 1);
    let inner = state.path().join("made/for/us");
    let store = FileStore::open(&inner).expect("a store");
    store.add(record.clone(), place()).await.expect("stored");
    let file = state.file(&record);
    let file = inner.join(file.strip_prefix(state.path()).expect("within"));
    assert_eq!(mode(&file), 0o600);
    assert!(
        file.ancestors()
            .skip(1)
            .take(3)
            .all(|path| mode(path) == 0o700)
    );
    assert_eq!(file.ancestors().nth(3), Some(&*inner));
}

#[tokio::test]
async fn keys_are_listed_the_oldest_first() {
    let state = State::new();
    let store = state.open();
    for seed in (0..10).rev() {
        store
            .add(record(&alice(), seed), place())
            .await
            .expect("stored");
    }
    for store in [store, state.open()] {
        let keys = store.list(&alice()).await;
        let created = keys.iter().map(|key| key.created - 1_700_000_000);
        assert!(created.eq(0..10));
    }
}

#[tokio::test]
async fn who_got_a_uid_does_not_get_the_keys_of_who_had_it() {
    let state = State::new();
    let record = record(&alice(), 1);
    state
        .open()
        .add(record.clone(), place())
        .await
        .expect("stored");
    let bob = owner(alice().uid().0, "bob");
    let store = state.open();
    assert!(store.find(&bob, record.fingerprint()).await.is_none());
    assert!(store.list(&bob).await.is_empty());
    let deleted = store.delete(&delete(&bob, record.fingerprint())).await;
    assert_eq!(deleted, Err(StoreError::NoSuchKey));
    assert!(store.find(&alice(), record.fingerprint()).await.is_some());
    store
        .add(fixtures::record(&bob, 2), place())
        .await
        .expect("stored");
    assert_eq!(state.open().list(&alice()).await.len(), 1);
    assert_eq!(state.open().list(&bob).await.len(), 1);
}

#[tokio::test]
async fn a_new_comment_is_there_after_a_restart() {
    let state = State::new();
    let record = record(&alice(), 1);
    let store = state.open();
    store.add(record.clone(), place()).await.expect("stored");
    let changed = store.set_comment(set_comment(&record, "new")).await;
    assert_eq!(changed, Ok(()));
    for store in [store, state.open()] {
        let found = store
            .find(&alice(), record.fingerprint())
            .await
            .expect("a key");
        assert_eq!(found.comment.as_str(), "new");
        assert!(found.key == record.key);
    }
}

/// The blob of `record` after a change of its PIN.
fn changed(record: &KeyRecord, byte: u8) -> KeyBlob {
    KeyBlob {
        public: record.key.blob.public.clone(),
        private: [&[0, 126][..], &[byte; 126]].concat().into(),
    }
}

#[tokio::test]
async fn the_blob_of_a_new_pin_is_there_after_a_restart() {
    let state = State::new();
    let record = record(&alice(), 1);
    let store = state.open();
    store.add(record.clone(), place()).await.expect("stored");
    let set = store.set_pin(set_pin(&record), changed(&record, 4)).await;
    assert_eq!(set, Ok(()));
    for store in [store, state.open()] {
        let found = store
            .find(&alice(), record.fingerprint())
            .await
            .expect("a key");
        assert!(found.key.blob == changed(&record, 4));
        assert_eq!(found.key.protection, Protection::Pin);
        assert_eq!(found.comment, record.comment);
    }
}

#[tokio::test]
async fn a_blob_that_was_made_from_one_of_before_is_not_stored() {
    let state = State::new();
    let record = record(&alice(), 1);
    let store = state.open();
    store.add(record.clone(), place()).await.expect("stored");
    let first = store.set_pin(set_pin(&record), changed(&record, 4)).await;
    assert_eq!(first, Ok(()));
    let second = store.set_pin(set_pin(&record), changed(&record, 5)).await;
    assert_eq!(second, Err(StoreError::ChangedByAnother));
    let found = state.open().find(&alice(), record.fingerprint()).await;
    assert!(found.expect("a key").key.blob == changed(&record, 4));
}

#[tokio::test]
async fn a_deleted_key_is_gone_from_memory_and_disk() {
    let state = State::new();
    let record = record(&alice(), 1);
    let store = state.open();
    store.add(record.clone(), place()).await.expect("stored");
    let fingerprint = record.fingerprint();
    let deleted = store.delete(&delete(&alice(), fingerprint)).await;
    assert_eq!(deleted, Ok(record.into()));
    assert!(store.find(&alice(), fingerprint).await.is_none());
    assert!(store.list(&alice()).await.is_empty());
    assert!(state.files(&alice()).is_empty());
}

#[tokio::test]
async fn what_does_not_exist_cannot_be_changed() {
    let state = State::new();
    let record = record(&alice(), 1);
    let store = state.open();
    let changed = store.set_comment(set_comment(&record, "new")).await;
    assert_eq!(changed, Err(StoreError::NoSuchKey));
    let deleted = store.delete(&delete(&alice(), record.fingerprint())).await;
    assert_eq!(deleted, Err(StoreError::NoSuchKey));
    assert_eq!(state.keys().read_dir().expect("a directory").count(), 0);
}

#[tokio::test]
async fn a_change_is_completed_when_its_caller_leaves() {
    let state = State::new();
    let store = state.open();
    let record = record(&alice(), 1);
    {
        let mut adding = std::pin::pin!(store.add(record.clone(), place()));
        let mut context = Context::from_waker(Waker::noop());
        // The thread that writes may be that quick; it has begun in any case.
        let _: Poll<_> = adding.as_mut().poll(&mut context);
    }
    let deadline = Instant::now() + Duration::from_secs(60);
    while store.find(&alice(), record.fingerprint()).await.is_none() {
        assert!(Instant::now() < deadline, "the key was never stored");
        tokio::task::yield_now().await;
    }
    assert!(state.file(&record).exists());
}

#[tokio::test]
async fn a_place_is_taken_until_the_key_is_stored_although_the_caller_left() {
    let state = State::new();
    let store = state.open();
    let record = record(&alice(), 1);
    let claims = Claims::default();
    let claim_last = || claims.claim(alice().uid(), || store.count(&alice()), 1);
    {
        let place = claim_last().expect("there is one");
        let mut adding = std::pin::pin!(store.add(record.clone(), place));
        let mut context = Context::from_waker(Waker::noop());
        let _: Poll<_> = adding.as_mut().poll(&mut context);
    }
    let deadline = Instant::now() + Duration::from_secs(60);
    while store.find(&alice(), record.fingerprint()).await.is_none() {
        assert!(claim_last().is_none(), "a second key would fit");
        assert!(Instant::now() < deadline, "the key was never stored");
        tokio::task::yield_now().await;
    }
    assert!(claim_last().is_none(), "a second key would fit");
}

#[tokio::test]
async fn many_changes_at_once_all_come_to_their_end() {
    let state = State::new();
    let store = state.open();
    let adding = (0..50).map(|seed| store.add(record(&alice(), seed), place()));
    let added = futures_util::future::join_all(adding).await;
    assert!(added.into_iter().all(|added| added.is_ok()));
    assert_eq!(store.list(&alice()).await.len(), 50);
    assert_eq!(state.open().list(&alice()).await.len(), 50);
}

#[test]
fn a_store_that_others_could_change_is_not_opened() {
    let state = State::new();
    drop(state.open());
    for mode in [0o770, 0o702] {
        fs::set_permissions(state.keys(), fs::Permissions::from_mode(mode)).expect("a mode");
        let error = FileStore::open(state.path())
            .expect_err("refused")
            .to_string();
        assert!(error.contains("chmod 0700"), "{error}");
        assert!(
            error.contains(&state.keys().display().to_string()),
            "{error}"
        );
    }
}

#[test]
fn a_store_behind_a_symbolic_link_is_not_opened() {
    let state = State::new();
    let elsewhere = State::new();
    symlink(elsewhere.path(), state.keys()).expect("a link");
    let error = FileStore::open(state.path())
        .expect_err("refused")
        .to_string();
    assert!(error.contains("not a directory"), "{error}");
}

#[test]
fn another_users_store_is_not_opened() {
    let state = State::new();
    drop(state.open());
    if nix::unistd::geteuid().is_root() {
        std::os::unix::fs::chown(state.keys(), Some(4242), None).expect("given away");
        let error = FileStore::open(state.path())
            .expect_err("refused")
            .to_string();
        assert!(error.contains("belongs to uid 4242"), "{error}");
    } else {
        // A directory that is root's wherever this runs.
        let checked = directory::check(Path::new("/proc"));
        assert!(
            matches!(checked, Err(directory::Untrusted::Foreign(_))),
            "{checked:?}"
        );
    }
}

#[test]
fn a_file_where_the_state_directory_should_be_is_named() {
    let state = State::new();
    let file = state.path().join("file");
    fs::write(&file, "").expect("a file");
    let error = FileStore::open(&file).expect_err("refused").to_string();
    assert!(error.contains(&file.display().to_string()), "{error}");
}

#[test]
fn former_owners_are_named_in_the_log() {
    let mut index = Index::default();
    index.insert(record(&alice(), 1));
    let report = |name: Option<&str>| {
        let name_of = |_| name.map(str::to_owned);
        logged(|| users::report_former_owners(index.owners(), name_of)).1
    };
    let log = report(Some("bob"));
    assert!(log.contains("WARN") && log.contains("alice (uid 4242)") && log.contains("bob"));
    assert_eq!(report(Some("alice")), "");
    assert_eq!(report(None), "");
}

#[tokio::test]
async fn users_take_turns_at_changing_the_store() {
    let state = State::new();
    let store = Arc::new(state.open());
    let (bob, order) = (owner(4243, "bob"), Arc::new(Mutex::new(Vec::new())));
    let (go_on, until) = std::sync::mpsc::channel::<()>();
    let change = |uid: Uid, until: Option<std::sync::mpsc::Receiver<()>>| {
        let (store, order) = (Arc::clone(&store), Arc::clone(&order));
        let waits = async move {
            let change = move |_: &Writer, _: &RwLock<Index>| {
                let _ = until.map(|until| until.recv());
                order.lock().expect("no panic").push(uid);
                Ok(())
            };
            store.change(uid, change).await
        };
        let mut waits = Box::pin(waits);
        // It is in line before the next one comes.
        let mut context = Context::from_waker(Waker::noop());
        assert!(waits.as_mut().poll(&mut context).is_pending());
        waits
    };
    let mut all = vec![change(bob.uid(), Some(until))];
    all.extend((0..3).map(|_| change(bob.uid(), None)));
    all.push(change(alice().uid(), None));
    drop(go_on);
    for done in futures_util::future::join_all(all).await {
        done.expect("changed");
    }
    let (alice, bob) = (alice().uid(), bob.uid());
    assert_eq!(
        *order.lock().expect("no panic"),
        [bob, alice, bob, bob, bob]
    );
}
