//! Tests of what a stored record may and may not say.

use serde_json::{Value, json};

use super::*;
use crate::store::damage::KeyDamage;
use crate::store::fixtures::{self, alice, record};
use sshtpm_core::comment::CommentError;
use sshtpm_core::key::Protection;
use sshtpm_core::restrictions::{Screen, UserPattern};

fn changed(change: impl FnOnce(&mut Value)) -> Result<KeyRecord, Unreadable> {
    let text = encode(&record(&alice(), 1)).expect("a text");
    let mut value: Value = serde_json::from_str(&text).expect("JSON");
    change(&mut value);
    read(value.to_string().as_bytes())
}

/// A record without anything that is left out.
fn read(bytes: &[u8]) -> Result<KeyRecord, Unreadable> {
    decode(bytes).map(|read| {
        assert_eq!(read.left_out, 0);
        read.record
    })
}

fn damage(change: impl FnOnce(&mut Value)) -> Damage {
    match changed(change) {
        Err(Unreadable::Damaged(damage)) => damage,
        Err(Unreadable::Newer(version)) => panic!("newer: {version}"),
        Ok(_) => panic!("it was read"),
    }
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

#[test]
fn a_record_of_before_there_were_restrictions_has_the_usual_ones() {
    let old = changed(|value| {
        make_older(value, 1);
        remove(value, "restrictions");
    });
    assert!(old.is_ok_and(|old| old == record(&alice(), 1)));
}

#[test]
fn restrictions_belong_to_a_version() {
    for version in [1, 2, 3, 4, 5, 6, 7, 8] {
        let found = damage(|value| {
            make_older(value, version);
            if version > 1 {
                remove(value, "restrictions");
            }
        });
        assert_eq!(found, Damage::Restrictions, "{version}");
    }
}

/// Makes `value` what a broker wrote that knew `version`.
fn make_older(value: &mut Value, version: u64) {
    value["version"] = json!(version);
    if version < 6 {
        for later in ["origin", "holding", "backed_up"] {
            remove(value, later);
        }
    }
}

/// Makes `value` what a broker wrote before a key could depend on the screen.
fn make_old(value: &mut Value, version: u64) {
    make_older(value, version);
    remove(&mut value["restrictions"], "while_unlocked");
}

fn remove(value: &mut Value, key: &str) {
    value.as_object_mut().expect("an object").remove(key);
}

#[test]
fn a_rule_on_the_screen_reads_as_it_was_written() {
    let restrictions = Restrictions {
        screen: Screen::Unlocked,
        ..Restrictions::clone(&record(&alice(), 1).restrictions)
    };
    let kept = KeyRecord {
        restrictions: Arc::new(restrictions),
        ..record(&alice(), 1)
    };
    let text = encode(&kept).expect("a text");
    assert!(read(text.as_bytes()).expect("a record") == kept);
}

#[test]
fn a_record_of_before_keys_depended_on_the_screen_has_no_such_rule() {
    for version in [2, 3, 4] {
        let old = changed(|value| make_old(value, version));
        assert!(old.is_ok_and(|old| old == record(&alice(), 1)));
    }
}

#[test]
fn a_rule_on_the_screen_belongs_to_its_version() {
    let lost = damage(|value| remove(&mut value["restrictions"], "while_unlocked"));
    assert_eq!(lost, Damage::Restrictions);
    for version in [2, 3, 4] {
        let found = damage(|value| make_older(value, version));
        assert_eq!(found, Damage::Restrictions, "{version}");
    }
}

#[test]
fn where_a_key_comes_from_reads_as_it_was_written() {
    for (origin, backed_up) in [
        (Origin::Imported, true),
        (Origin::Imported, false),
        (Origin::Adopted, false),
    ] {
        let came = fixtures::from(record(&alice(), 1), origin, backed_up);
        let text = encode(&came).expect("a text");
        assert!(read(text.as_bytes()).expect("a record") == came, "{origin}");
    }
}

#[test]
fn a_record_of_before_keys_were_derived_reads_as_it_was() {
    let imported = fixtures::from(record(&alice(), 1), Origin::Imported, true);
    let text = encode(&imported).expect("a text");
    let mut value: Value = serde_json::from_str(&text).expect("JSON");
    make_older(&mut value, 6);
    assert!(read(value.to_string().as_bytes()).expect("a record") == imported);
}

#[test]
fn a_record_of_before_keys_came_from_elsewhere_was_generated() {
    let old = changed(|value| make_older(value, 5)).expect("a record");
    assert!(old == record(&alice(), 1));
    assert_eq!((old.origin, old.backed_up), (Origin::Generated, false));
    assert_eq!(old.key.holding, Holding::Tpm);
}

#[test]
fn where_a_key_comes_from_belongs_to_its_version() {
    for said in ["origin", "holding", "backed_up"] {
        assert_eq!(damage(|value| remove(value, said)), Damage::Origin);
        for version in [1, 2, 3, 4, 5] {
            let found = damage(|value| {
                let kept = value[said].clone();
                make_older(value, version);
                value[said] = kept;
            });
            assert_eq!(found, Damage::Origin, "{said} {version}");
        }
    }
}

#[test]
fn an_unknown_word_of_where_a_key_comes_from_is_damage() {
    for said in ["origin", "holding"] {
        for word in ["", "Generated", "else"] {
            let found = damage(|value| value[said] = json!(word));
            assert_eq!(found, Damage::Origin, "{said} {word}");
        }
    }
}

#[test]
fn a_record_cannot_call_an_imported_key_generated() {
    let all = [Origin::Generated, Origin::Imported, Origin::Adopted];
    for (truth, said) in all.iter().flat_map(|one| all.map(|other| (*one, other))) {
        let text = encode(&fixtures::from(record(&alice(), 1), truth, false)).expect("a text");
        let mut value: Value = serde_json::from_str(&text).expect("JSON");
        value["origin"] = json!(said.word());
        let read = read(value.to_string().as_bytes());
        let damage = Unreadable::Damaged(Damage::Attributes);
        assert_eq!(read.err(), (truth != said).then_some(damage));
    }
}

#[test]
fn a_record_cannot_call_a_key_of_the_tpm_sealed() {
    let sealed = damage(|value| value["holding"] = json!("sealed"));
    assert_eq!(sealed, Damage::Origin);
}

#[test]
fn only_an_imported_key_can_be_backed_up() {
    for origin in [Origin::Generated, Origin::Adopted] {
        let copied = fixtures::from(record(&alice(), 1), origin, true);
        assert_eq!(encode(&copied).err(), Some(Damage::Origin));
    }
}

/// It would lose its key. It stands for no user, so the key is no less safe with it.
#[test]
fn a_user_name_that_a_server_cuts_is_no_damage_in_a_record() {
    let with_user = |user: &str| {
        changed(|value| {
            let host_key = json!({"key": value["public_key"], "authority": false});
            let to = json!({"host": "alpha", "keys": [host_key]});
            value["restrictions"]["destinations"] = json!([{"user": user, "to": to}]);
        })
    };
    let read = with_user("root:*").expect("a record");
    let user = read.restrictions.destinations.named()[0].user.as_ref();
    assert_eq!(user.map(UserPattern::as_str), Some("root:*"));
    let text = encode(&read).expect("a text");
    assert!(text.contains("root:*"));
    let damaged = with_user("a\nb").err();
    assert_eq!(damaged, Some(Unreadable::Damaged(Damage::Restrictions)));
}

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
