//! Tests of what a record says of a key that the TPM keeps.

use serde_json::{Value, json};

use super::{changed, damage, make_old, make_older, read, remove};
use crate::store::damage::{Damage, Unreadable};
use crate::store::fixtures::{self, alice, record};
use crate::store::record::{decode, encode};
use sshtpm_core::key::{KeyRecord, Protection, TpmKey};

#[test]
fn a_record_of_before_the_tpm_could_keep_keys_says_that_it_does_not() {
    let old = changed(|value| make_old(value, 2));
    assert!(old.is_ok_and(|old| old == record(&alice(), 1)));
}

#[test]
fn where_the_tpm_keeps_a_key_reads_as_it_was_written() {
    for handle in [0x8153_5300, 0x8153_530f] {
        for (by, promoted) in [
            (
                "administrator",
                fixtures::promoted(record(&alice(), 1), handle),
            ),
            ("use", fixtures::kept_by_use(record(&alice(), 1), handle)),
        ] {
            let text = encode(&promoted).expect("a text");
            let place = format!("\"handle\": \"{handle:#x}\"");
            assert!(text.contains(&place), "{text}");
            assert!(text.contains(&format!("\"by\": \"{by}\"")), "{text}");
            assert!(read(text.as_bytes()).expect("a record") == promoted);
        }
    }
}

#[test]
fn before_the_broker_chose_keys_administrators_did() {
    let promoted = fixtures::promoted(record(&alice(), 1), 0x8153_5300);
    let old = |says_by: bool| {
        let text = encode(&promoted).expect("a text");
        let mut value: Value = serde_json::from_str(&text).expect("JSON");
        make_older(&mut value, 7);
        if !says_by {
            remove(&mut value["persistent"], "by");
        }
        read(value.to_string().as_bytes())
    };
    assert!(old(false).is_ok_and(|old| old == promoted));
    assert!(old(true).is_err(), "no broker wrote that");
}

#[test]
fn a_place_in_the_tpm_that_this_broker_would_not_write_is_damage() {
    let by =
        |handle: &str, auth: &str, by: Value| json!({"handle": handle, "auth": auth, "by": by});
    let there = |handle: &str, auth: &str| by(handle, auth, json!("use"));
    let auth = "a5".repeat(32);
    let right = changed(|value| value["persistent"] = there("0x81535300", &auth));
    assert!(right.is_ok(), "the others differ from it in one thing each");
    let zero = format!("{}00", "a5".repeat(31));
    for wrong in [
        there("0x81535310", &auth),
        there("0x81000001", &auth),
        there("2169719552", &auth),
        there("0x81535300", &auth[2..]),
        there("0x81535300", &format!("{auth}a5")),
        there("0x81535300", &auth.replace('a', "g")),
        there("0x81535300", &zero),
        by("0x81535300", &auth, json!("Use")),
        by("0x81535300", &auth, Value::Null),
    ] {
        let found = damage(|value| value["persistent"] = wrong.clone());
        assert_eq!(found, Damage::Persistent, "{wrong}");
    }
}

#[test]
fn neither_older_records_nor_keys_with_a_pin_are_kept_by_the_tpm() {
    let promoted = fixtures::promoted(record(&alice(), 1), 0x8153_5300);
    let text = encode(&promoted).expect("a text");
    let mut value: Value = serde_json::from_str(&text).expect("JSON");
    make_old(&mut value, 2);
    let old = decode(value.to_string().as_bytes()).err();
    assert_eq!(old, Some(Unreadable::Damaged(Damage::Persistent)));
    let with_pin = KeyRecord {
        key: TpmKey {
            protection: Protection::Pin,
            ..promoted.key
        },
        ..promoted
    };
    assert_eq!(encode(&with_pin).err(), Some(Damage::Persistent));
}
