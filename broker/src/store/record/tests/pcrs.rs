//! Tests of what a record says of PCRs.

use serde_json::{Value, json};

use crate::store::damage::{Damage, Unreadable};
use crate::store::fixtures::{alice, bound, from, promoted, record, sealed_key};
use crate::store::record::{decode, encode};
use sshtpm_core::key::{KeyRecord, Origin};
use sshtpm_ssh::algorithm::Algorithm;
use sshtpm_ssh::pcr::AuthValue;

fn ecdsa() -> KeyRecord {
    bound(record(&alice(), 1), AuthValue::NotNeeded)
}

fn sealed() -> KeyRecord {
    let sealed = KeyRecord {
        algorithm: Algorithm::Ed25519,
        key: sealed_key(1),
        ..record(&alice(), 1)
    };
    bound(sealed, AuthValue::NotNeeded)
}

fn damage(of: &KeyRecord, change: impl FnOnce(&mut Value)) -> Damage {
    let text = encode(of).expect("a text");
    let mut value = serde_json::from_str(&text).expect("JSON");
    change(&mut value);
    match decode(value.to_string().as_bytes()) {
        Err(Unreadable::Damaged(damage)) => damage,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it was read: {value}"),
    }
}

#[test]
fn a_bound_key_reads_as_it_was_written() {
    let with_pin = bound(record(&alice(), 1), AuthValue::Needed);
    for record in [ecdsa(), with_pin, sealed()] {
        let text = encode(&record).expect("a text");
        assert!(text.contains("\"selection\": \"0+7:sha384\""), "{text}");
        assert!(decode(text.as_bytes()).expect("a record").record == record);
    }
}

#[test]
fn pcrs_and_policy_of_a_record_belong_together() {
    let changes: [fn(&mut Value); 8] = [
        |value| value["pcrs"]["selection"] = json!("7:sha384"),
        |value| value["pcrs"]["selection"] = json!("0+8:sha384"),
        |value| value["pcrs"]["selection"] = json!("7+0:sha384"),
        |value| value["pcrs"]["selection"] = json!("0+7:sha1"),
        |value| value["pcrs"]["values"][1] = json!("03".repeat(48)),
        |value| value["pcrs"]["values"][1] = json!("0Z".repeat(48)),
        |value| value["pcrs"]["values"] = json!([]),
        |value| drop(value.as_object_mut().expect("an object").remove("pcrs")),
    ];
    for (number, change) in changes.into_iter().enumerate() {
        assert_eq!(damage(&ecdsa(), change), Damage::Pcrs, "change {number}");
    }
    let older = |value: &mut Value| value["version"] = json!(6);
    assert_eq!(damage(&ecdsa(), older), Damage::Pcrs, "version 6 has none");
    let text = encode(&ecdsa()).expect("a text");
    let of_bound: Value = serde_json::from_str(&text).expect("JSON");
    let not_bound = |value: &mut Value| value["pcrs"] = of_bound["pcrs"].clone();
    assert_eq!(damage(&record(&alice(), 2), not_bound), Damage::Pcrs);
}

#[test]
fn a_bound_key_that_a_value_alone_lets_sign_is_damage() {
    let mut public = ecdsa().key.blob.public.to_vec();
    public[9] |= 0x40;
    let mut with_user_with_auth = ecdsa();
    with_user_with_auth.key.blob.public = public.into();
    assert_eq!(encode(&with_user_with_auth), Err(Damage::Attributes));
}

#[test]
fn a_derived_or_adopted_key_that_is_bound_is_damage() {
    for origin in [Origin::Derived, Origin::Adopted] {
        let bound = bound(
            from(record(&alice(), 1), origin, false),
            AuthValue::NotNeeded,
        );
        assert_eq!(encode(&bound), Err(Damage::Pcrs), "{origin}");
    }
    let imported = from(record(&alice(), 1), Origin::Imported, true);
    encode(&bound(imported, AuthValue::NotNeeded)).expect("a text");
}

#[test]
fn a_bound_key_that_the_tpm_keeps_is_damage() {
    let kept = promoted(ecdsa(), 0x8153_5300);
    assert_eq!(encode(&kept), Err(Damage::Persistent));
}
