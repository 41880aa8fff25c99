//! Tests of certificates in records, and of changing them.

use std::fs;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::store::fixtures::{
    State, add_certificate, alice, certificate, logged, owner, place, record, remove_certificate,
};
use crate::store::record::{decode, encode};
use sshtpm_core::certificates::{Certificates, TooManyCertificates};
use sshtpm_core::error::StoreError;
use sshtpm_core::identity::Owner;
use sshtpm_core::key::KeyRecord;
use sshtpm_core::ports::KeyStore as _;

/// `record` with certificates of these key IDs.
fn with(record: KeyRecord, key_ids: &[&str]) -> KeyRecord {
    let blobs = key_ids.iter().map(|id| certificate(&record, id));
    let (certificates, left_out) = Certificates::of_record(blobs, &record.key.public);
    assert_eq!(left_out, 0);
    KeyRecord {
        certificates,
        ..record
    }
}

fn value(record: &KeyRecord) -> Value {
    serde_json::from_str(&encode(record).expect("a text")).expect("JSON")
}

fn read(value: &Value) -> Option<(KeyRecord, usize)> {
    let decoded = decode(value.to_string().as_bytes()).ok()?;
    Some((decoded.record, decoded.left_out))
}

#[test]
fn certificates_read_as_they_were_written() {
    let record = with(record(&alice(), 1), &["a", "b"]);
    let value = value(&record);
    let line = value["certificates"][0].as_str().expect("a text");
    assert!(
        line.starts_with("ecdsa-sha2-nistp256-cert-v01@openssh.com AAAA"),
        "{line}"
    );
    assert!(read(&value) == Some((record, 0)));
}

#[test]
fn a_key_keeps_what_is_left_when_certificates_are_damaged() {
    let whole = with(record(&alice(), 1), &["a", "b"]);
    let of_other_key = value(&with(record(&alice(), 2), &["c"]));
    for damaged in [
        json!(""),
        json!("ecdsa-sha2-nistp256-cert-v01@openssh.com AAAA"),
        of_other_key["certificates"][0].clone(),
    ] {
        let mut value = value(&whole);
        value["certificates"][0] = damaged.clone();
        let left = with(record(&alice(), 1), &["b"]);
        assert!(read(&value) == Some((left, 1)), "{damaged}");
    }
}

#[test]
fn records_of_before_certificates_are_read_and_have_none() {
    let of_before = |record: &KeyRecord| {
        let mut value = value(record);
        value["version"] = json!(3);
        for later in ["origin", "holding", "backed_up"] {
            value.as_object_mut().expect("a record").remove(later);
        }
        let restrictions = value["restrictions"].as_object_mut();
        restrictions.expect("restrictions").remove("while_unlocked");
        value
    };
    let old = of_before(&record(&alice(), 1));
    assert!(read(&old) == Some((record(&alice(), 1), 0)));
    let wrong = of_before(&with(record(&alice(), 1), &["a"]));
    assert!(read(&wrong).is_none());
}

#[tokio::test]
async fn damaged_certificates_are_told_in_the_log_and_their_key_is_there() {
    let state = State::new();
    let record = record(&alice(), 1);
    let store = state.open();
    store.add(record.clone(), place()).await.expect("stored");
    let blob = certificate(&record, "a");
    let added = store.add_certificate(add_certificate(&record, &blob)).await;
    assert!(added.is_ok());
    let text = fs::read_to_string(state.file(&record)).expect("a record");
    let damaged = text.replace("cert-v01@openssh.com AAAA", "cert-v01@openssh.com AAAB");
    fs::write(state.file(&record), damaged).expect("written");
    let path = state.path().to_owned();
    let reading = std::thread::spawn(move || {
        let store = crate::store::FileStore::open(&path).expect("a store");
        logged(|| store.read_rest()()).1
    });
    let log = reading.join().expect("it is read");
    assert!(log.contains("left_out=1"), "{log}");
    let found = state.open().find(&alice(), record.fingerprint()).await;
    assert_eq!(found.expect("a key").certificates, Certificates::default());
}

/// A store with a key of `owner`'s.
async fn store_with(state: &State, record: &KeyRecord) -> crate::store::FileStore {
    let store = state.open();
    store.add(record.clone(), place()).await.expect("stored");
    store
}

#[tokio::test]
async fn a_certificate_is_there_after_a_restart_until_it_is_removed() {
    let state = State::new();
    let record = record(&alice(), 1);
    let store = store_with(&state, &record).await;
    let blob = certificate(&record, "a");
    let added = store.add_certificate(add_certificate(&record, &blob)).await;
    let added = added.expect("added");
    assert!(*added == with(record.clone(), &["a"]));
    let store = state.open();
    let found = store.find(&alice(), record.fingerprint()).await;
    assert!(found == Some(added));
    let removed = store
        .remove_certificate(remove_certificate(&record, &blob))
        .await;
    assert!(removed == Ok(Arc::new(record.clone())));
    let again = store
        .remove_certificate(remove_certificate(&record, &blob))
        .await;
    assert_eq!(again.err(), Some(StoreError::NoSuchCertificate));
    let found = state.open().find(&alice(), record.fingerprint()).await;
    assert!(found == Some(Arc::new(record)));
}

#[tokio::test]
async fn a_new_user_with_an_old_uid_certifies_no_earlier_key() {
    let state = State::new();
    let record = record(&alice(), 1);
    let store = store_with(&state, &record).await;
    let bobs = KeyRecord {
        owner: owner(alice().uid().0, "bob"),
        ..record.clone()
    };
    let blob = certificate(&record, "a");
    let added = store.add_certificate(add_certificate(&bobs, &blob)).await;
    assert_eq!(added.err(), Some(StoreError::NoSuchKey));
}

#[tokio::test]
async fn the_certificates_of_all_keys_of_a_user_are_counted() {
    let state = State::new();
    let store = state.open();
    let add_to_all = async |owner: &Owner| {
        for seed in 0..16 {
            let ids = ["0", "1", "2", "3", "4", "5", "6", "7"];
            let full = with(record(owner, seed), &ids);
            store.add(full, place()).await.expect("stored");
        }
    };
    add_to_all(&alice()).await;
    let last = record(&alice(), 16);
    store.add(last.clone(), place()).await.expect("stored");
    let blob = certificate(&last, "one too many");
    let refused = store.add_certificate(add_certificate(&last, &blob)).await;
    let of_user = StoreError::TooManyCertificates(TooManyCertificates::OfUser);
    assert_eq!(refused.err(), Some(of_user));
    let bobs = record(&owner(4243, "bob"), 17);
    store.add(bobs.clone(), place()).await.expect("stored");
    let blob = certificate(&bobs, "the first");
    let added = store.add_certificate(add_certificate(&bobs, &blob)).await;
    assert!(added.is_ok());
}
