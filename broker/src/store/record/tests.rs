//! Tests of what a stored record may and may not say.

mod origin;
mod pcrs;
mod persistent;
mod rules;

use serde_json::{Value, json};

use super::{decode, encode};
use crate::store::damage::{Damage, KeyDamage, MAX_RECORD_BYTES, Unreadable};
use crate::store::fixtures::{self, alice, record};
use crate::store::tss2_key;
use sshtpm_core::comment::{Comment, CommentError};
use sshtpm_core::key::{Holding, KeyRecord, Protection, TpmKey};
use sshtpm_ssh::algorithm::Algorithm;

pub(super) fn changed(change: impl FnOnce(&mut Value)) -> Result<KeyRecord, Unreadable> {
    let text = encode(&record(&alice(), 1)).expect("a text");
    let mut value: Value = serde_json::from_str(&text).expect("JSON");
    change(&mut value);
    read(value.to_string().as_bytes())
}

/// A record without anything that is left out.
pub(super) fn read(bytes: &[u8]) -> Result<KeyRecord, Unreadable> {
    decode(bytes).map(|read| {
        assert_eq!(read.left_out, 0);
        read.record
    })
}

pub(super) fn damage(change: impl FnOnce(&mut Value)) -> Damage {
    match changed(change) {
        Err(Unreadable::Damaged(damage)) => damage,
        Err(Unreadable::Newer(version)) => panic!("newer: {version}"),
        Ok(_) => panic!("it was read"),
    }
}

/// Makes `value` what a broker wrote that knew `version`.
pub(super) fn make_older(value: &mut Value, version: u64) {
    value["version"] = json!(version);
    if version < 6 {
        for later in ["origin", "holding", "backed_up"] {
            remove(value, later);
        }
    }
}

/// Makes `value` what a broker wrote before a key could depend on the screen.
pub(super) fn make_old(value: &mut Value, version: u64) {
    make_older(value, version);
    remove(&mut value["restrictions"], "while_unlocked");
}

pub(super) fn remove(value: &mut Value, key: &str) {
    value.as_object_mut().expect("an object").remove(key);
}

#[test]
fn a_record_reads_as_it_was_written() {
    let rsa = KeyRecord {
        algorithm: Algorithm::from_name_and_bits("ssh-rsa", 2048).expect("an algorithm"),
        comment: Comment::new("Schlüssel \"für\" git 🔑").expect("a comment"),
        key: fixtures::rsa_key(),
        ..record(&alice(), 1)
    };
    let sealed = KeyRecord {
        algorithm: Algorithm::Ed25519,
        key: fixtures::sealed_key(1),
        ..record(&alice(), 1)
    };
    for record in [record(&alice(), 1), rsa, sealed] {
        let text = encode(&record).expect("a text");
        assert!(read(text.as_bytes()).expect("a record") == record);
    }
}

#[test]
fn a_sealed_key_has_the_type_of_sealed_keys_and_no_other() {
    let sealed = KeyRecord {
        algorithm: Algorithm::Ed25519,
        key: fixtures::sealed_key(1),
        ..record(&alice(), 1)
    };
    let text = encode(&sealed).expect("a text");
    let mut value: Value = serde_json::from_str(&text).expect("JSON");
    let file = value["key"].as_str().expect("a text");
    let (label, mut bytes) = der::pem::decode_vec(file.as_bytes()).expect("PEM");
    // The last number of 2.23.133.10.1.5, and of `id-loadablekey`.
    let last = bytes
        .windows(2)
        .position(|pair| pair == [1, 5])
        .expect("the type")
        + 1;
    bytes[last] = 3;
    let other = der::pem::encode_string(label, der::pem::LineEnding::LF, &bytes).expect("PEM");
    value["key"] = json!(other);
    let read = read(value.to_string().as_bytes());
    let not_loadable = Damage::Key(KeyDamage::NotLoadable);
    assert_eq!(read.err(), Some(Unreadable::Damaged(not_loadable)));
}

#[test]
fn what_holds_a_key_is_as_its_algorithm_says() {
    let tpm = damage(|value| value["holding"] = json!("sealed"));
    assert_eq!(tpm, Damage::Origin);
    let sealed = KeyRecord {
        algorithm: Algorithm::Ed25519,
        key: TpmKey {
            holding: Holding::Tpm,
            ..fixtures::sealed_key(1)
        },
        ..record(&alice(), 1)
    };
    assert_eq!(encode(&sealed), Err(Damage::Origin));
}

#[test]
fn an_administrator_can_read_a_record() {
    let text = encode(&record(&alice(), 1)).expect("a text");
    assert!(text.starts_with("{\n  \"version\": 8,\n  \"owner\": {\n    \"uid\": 4242,"));
    assert!(text.contains("\"public_key\": \"ecdsa-sha2-nistp256 AAAA"));
    assert!(text.contains("-----BEGIN TSS2 PRIVATE KEY-----"));
    assert!(text.ends_with("}\n"));
}

#[test]
fn a_newer_version_is_told_from_damage_whatever_else_it_says() {
    let newer = changed(|value| *value = json!({"version": 9, "key": {"handle": 7}}));
    assert_eq!(newer.err(), Some(Unreadable::Newer(9)));
}

#[test]
fn a_version_that_never_was_is_damage() {
    assert_eq!(
        damage(|value| value["version"] = json!(0)),
        Damage::NoSuchVersion(0)
    );
    for version in [json!("1"), json!(-1), Value::Null] {
        let damage = damage(|value| value["version"] = version);
        assert!(matches!(damage, Damage::NotARecord { .. }), "{damage}");
    }
}

#[test]
fn unknown_missing_and_repeated_fields_are_damage() {
    let unknown = damage(|value| value["pin"] = json!(true));
    assert!(matches!(unknown, Damage::NotARecord { .. }));
    let in_owner = damage(|value| value["owner"]["gid"] = json!(1));
    assert!(matches!(in_owner, Damage::NotARecord { .. }));
    let missing = damage(|value| {
        value.as_object_mut().expect("an object").remove("created");
    });
    assert!(matches!(missing, Damage::NotARecord { .. }));
    let text = encode(&record(&alice(), 1)).expect("a text");
    let repeated = text.replacen("\"bits\": 256,", "\"bits\": 256, \"bits\": 256,", 1);
    assert!(decode(repeated.as_bytes()).is_err());
}

#[test]
fn a_record_that_ends_early_is_damage_at_every_length() {
    let text = encode(&record(&alice(), 1)).expect("a text");
    let whole = text.trim_end().len();
    for length in 0..whole {
        assert!(
            decode(&text.as_bytes()[..length]).is_err(),
            "{length} bytes"
        );
    }
}

#[test]
fn algorithm_and_length_have_to_be_those_of_the_key() {
    assert_eq!(
        damage(|value| value["bits"] = json!(384)),
        Damage::Algorithm
    );
    let other = damage(|value| {
        value["algorithm"] = json!("ecdsa-sha2-nistp384");
        value["bits"] = json!(384);
    });
    assert_eq!(other, Damage::Algorithm);
    assert_eq!(
        damage(|value| value["algorithm"] = json!("dsa")),
        Damage::Algorithm
    );
}

#[test]
fn a_public_key_has_one_text() {
    let text = encode(&record(&alice(), 1)).expect("a text");
    let value: Value = serde_json::from_str(&text).expect("JSON");
    let key = value["public_key"].as_str().expect("a text").to_owned();
    for text in [
        format!("{key} comment"),
        format!(" {key}"),
        key[..80].to_owned(),
        String::new(),
    ] {
        assert_eq!(
            damage(|value| value["public_key"] = json!(text)),
            Damage::PublicKey
        );
    }
}

#[test]
fn a_key_of_another_public_key_is_damage() {
    let other = tss2_key::encode(&fixtures::key(2).blob, Protection::Nothing).expect("a text");
    assert_eq!(
        damage(|value| value["key"] = json!(other)),
        Damage::OtherKey
    );
}

#[test]
fn comment_owner_parent_and_key_are_parsed_again() {
    let comment = damage(|value| value["comment"] = json!("a\nb"));
    assert_eq!(comment, Damage::Comment(CommentError::Character('\n')));
    assert_eq!(
        damage(|value| value["owner"]["name"] = json!("")),
        Damage::Owner
    );
    assert_eq!(
        damage(|value| value["parent"] = json!("000x")),
        Damage::Parent
    );
    assert_eq!(
        damage(|value| value["key"] = json!("")),
        Damage::Key(KeyDamage::NotAKeyFile)
    );
}

#[test]
fn a_record_of_more_than_64_kib_is_not_parsed() {
    let mut text = encode(&record(&alice(), 1)).expect("a text");
    text.push_str(&" ".repeat(MAX_RECORD_BYTES - text.len()));
    assert!(decode(text.as_bytes()).is_ok());
    text.push(' ');
    assert_eq!(decode(text.as_bytes()).err(), Some(Damage::TooLong.into()));
}

#[test]
fn a_record_of_more_than_64_kib_is_not_written() {
    let long = fixtures::with_long_restrictions(record(&alice(), 1));
    assert_eq!(encode(&long).err(), Some(Damage::TooLong));
}

#[test]
fn what_could_not_be_read_back_is_not_written() {
    let mixed = KeyRecord {
        key: TpmKey {
            public: fixtures::key(2).public,
            ..fixtures::key(1)
        },
        ..record(&alice(), 1)
    };
    assert_eq!(encode(&mixed).err(), Some(Damage::OtherKey));
}

#[test]
fn damage_does_not_quote_what_was_read() {
    let damage = damage(|value| value["bits"] = json!("secret"));
    assert!(!damage.to_string().contains("secret"));
}
