//! Tests of what the store knows of keys that the TPM keeps.

use std::sync::Arc;

use crate::store::fixtures::{
    State, alice, delete, kept_by_use, owner, place, promoted, record, set_comment, set_persistent,
    set_pin,
};
use sshtpm_core::by_use::{Chosen, KeptByUse, PersistentKeys};
use sshtpm_core::error::StoreError;
use sshtpm_core::key::{KeyBlob, KeyRecord, TpmKey};
use sshtpm_core::ports::KeyStore as _;

const FIRST: u32 = 0x8153_5300;

fn place_of(record: &KeyRecord) -> Option<Arc<sshtpm_core::persistent::Persistent>> {
    record.key.persistent.clone()
}

#[tokio::test]
async fn a_restart_keeps_the_handle_of_a_key_until_the_tpm_drops_it() {
    let state = State::new();
    let store = state.open();
    let before = Arc::new(record(&alice(), 1));
    let after = Arc::new(promoted(record(&alice(), 1), FIRST));
    let added = store.add(KeyRecord::clone(&before), place()).await;
    added.expect("stored");
    for (old, new) in [(&before, &after), (&after, &before)] {
        let permit = set_persistent(old);
        let set = store.set_persistent(&permit, old, place_of(new)).await;
        assert_eq!(set, Ok(()));
        for store in [&store, &state.open()] {
            let found = store.find(&alice(), old.fingerprint()).await;
            assert!(*found.expect("a key") == **new);
        }
    }
}

#[tokio::test]
async fn a_key_that_was_changed_in_between_stays_as_it_is() {
    let state = State::new();
    let store = state.open();
    let now = record(&alice(), 1);
    store.add(now.clone(), place()).await.expect("stored");
    let blob = KeyBlob {
        private: [0, 1, 7].into(),
        ..now.key.blob.clone()
    };
    let key = TpmKey {
        blob,
        ..now.key.clone()
    };
    let other_blob = KeyRecord { key, ..now.clone() };
    let other_place = promoted(now.clone(), FIRST + 1);
    for before in [other_blob, other_place] {
        let before = Arc::new(before);
        let permit = set_persistent(&before);
        let set = store.set_persistent(&permit, &before, None).await;
        assert_eq!(set, Err(StoreError::ChangedByAnother));
    }
    let missing = Arc::new(record(&alice(), 2));
    let permit = set_persistent(&missing);
    let set = store.set_persistent(&permit, &missing, None).await;
    assert_eq!(set, Err(StoreError::NoSuchKey));
    let found = store.find(&alice(), now.fingerprint()).await;
    assert!(*found.expect("a key") == now);
}

fn chosen(record: &KeyRecord) -> Chosen {
    let mandate = PersistentKeys::Auto.mandate().expect("it may choose");
    let chosen = mandate.choose(Arc::new(record.clone()));
    chosen.expect("it can be kept").expect("it is not yet")
}

#[tokio::test]
async fn a_key_is_kept_by_use_until_it_is_given_back() {
    let state = State::new();
    let store = state.open();
    let (before, after) = (record(&alice(), 1), kept_by_use(record(&alice(), 1), FIRST));
    store.add(before.clone(), place()).await.expect("stored");
    let there = place_of(&after).expect("a place");
    assert_eq!(store.set_kept(&chosen(&before), there).await, Ok(()));
    let found = state.open().find(&alice(), before.fingerprint()).await;
    let found = found.expect("a key");
    assert!(*found == after);
    let there = place_of(&after).expect("a place");
    let again = store.set_kept(&chosen(&before), there).await;
    assert_eq!(again, Err(StoreError::ChangedByAnother));

    let kept = KeptByUse::of(&found).expect("it is");
    assert_eq!(store.set_given_back(&kept).await, Ok(()));
    let again = store.set_given_back(&kept).await;
    assert_eq!(again, Err(StoreError::ChangedByAnother));
    let found = state.open().find(&alice(), before.fingerprint()).await;
    assert!(*found.expect("a key") == before);
}

#[tokio::test]
async fn what_an_administrator_took_over_is_not_given_back() {
    let state = State::new();
    let store = state.open();
    let by_use = Arc::new(kept_by_use(record(&alice(), 1), FIRST));
    let by_hand = promoted(record(&alice(), 1), FIRST);
    store.add(by_hand.clone(), place()).await.expect("stored");
    let kept = KeptByUse::of(&by_use).expect("it was");
    let given_back = store.set_given_back(&kept).await;
    assert_eq!(given_back, Err(StoreError::ChangedByAnother));
    assert!(KeptByUse::of(&Arc::new(by_hand)).is_none());
}

#[tokio::test]
async fn a_new_comment_leaves_a_key_where_it_is() {
    let state = State::new();
    let store = state.open();
    let kept = promoted(record(&alice(), 1), FIRST);
    store.add(kept.clone(), place()).await.expect("stored");
    let renamed = store.set_comment(set_comment(&kept, "new")).await;
    assert_eq!(renamed, Ok(()));
    let found = store.find(&alice(), kept.fingerprint()).await;
    assert_eq!(place_of(&found.expect("a key")), place_of(&kept));
}

#[tokio::test]
async fn a_key_that_the_tpm_keeps_gets_no_pin() {
    let state = State::new();
    let store = state.open();
    let kept = promoted(record(&alice(), 1), FIRST);
    store.add(kept.clone(), place()).await.expect("stored");
    let set = store.set_pin(set_pin(&kept), kept.key.blob.clone()).await;
    assert!(set.is_err(), "{set:?}");
    let found = store.find(&alice(), kept.fingerprint()).await;
    assert!(*found.expect("a key") == kept);
}

#[tokio::test]
async fn the_store_knows_all_keys_in_the_tpm_before_the_first_request() {
    let state = State::new();
    let store = state.open();
    let bob = owner(4243, "bob");
    let kept = [
        promoted(record(&alice(), 1), FIRST),
        promoted(record(&bob, 2), FIRST + 1),
    ];
    for record in kept.iter().cloned().chain([record(&alice(), 3)]) {
        store.add(record, place()).await.expect("stored");
    }
    for store in [&store, &state.open()] {
        let mut found = store.promoted().await.expect("read");
        found.sort_by_key(|record| record.created);
        assert_eq!(found.len(), 2);
        assert!(
            found
                .iter()
                .zip(&kept)
                .all(|(found, kept)| **found == *kept)
        );
    }
    let [_, bobs] = &kept;
    let deleted = store.delete(&delete(&bob, bobs.fingerprint())).await;
    assert!(deleted.is_ok());
    assert_eq!(store.promoted().await.expect("read").len(), 1);
}
