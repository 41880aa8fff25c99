//! Tests of what a record may and may not say of a derived key.

use serde_json::{Value, json};

use super::parse_hex;
use crate::store::damage::{Damage, KeyDamage, Unreadable};
use crate::store::fixtures::{alice, derived, from, promoted, record};
use crate::store::record::{decode, encode};
use sshtpm_core::derivation::{Derivation, POLICY_B};
use sshtpm_core::identity::{HOST_USER, Owner, Uid, UserName};
use sshtpm_core::key::{KeyBlob, KeyRecord, Origin, PrivatePart, TpmKey};
use sshtpm_ssh::derived::Hierarchy;

/// A key that the TPM derived from alice, "owner" and "work".
fn kept() -> KeyRecord {
    from(record(&alice(), 1), Origin::Derived, false)
}

fn in_hierarchy(record: KeyRecord, hierarchy: Hierarchy) -> KeyRecord {
    let blob = KeyBlob {
        private: derived(&record.owner, hierarchy, "work"),
        ..record.key.blob
    };
    KeyRecord {
        key: TpmKey { blob, ..record.key },
        ..record
    }
}

fn changed(change: impl FnOnce(&mut Value)) -> Result<KeyRecord, Unreadable> {
    let text = encode(&kept()).expect("a text");
    let mut value: Value = serde_json::from_str(&text).expect("JSON");
    change(&mut value);
    decode(value.to_string().as_bytes()).map(|decoded| decoded.record)
}

fn damage(change: impl FnOnce(&mut Value)) -> Option<Unreadable> {
    changed(change).err()
}

#[test]
fn a_derived_key_reads_as_it_was_written_and_has_no_private_part() {
    let text = encode(&kept()).expect("a text");
    assert!(!text.contains("PRIVATE KEY"), "{text}");
    let read = decode(text.as_bytes()).expect("a record").record;
    assert!(read == kept());
}

#[test]
fn a_record_of_another_user_derives_another_key() {
    let namesake = Owner::new(Uid(1), alice().name().clone());
    let read = changed(|value| value["owner"]["uid"] = json!(1)).expect("a record");
    let unique = |record: &KeyRecord| record.key.derivation().expect("derived").unique().copied();
    assert_eq!(read.owner, namesake);
    assert_ne!(unique(&read), unique(&kept()));
}

#[test]
fn words_that_derive_nothing_are_damage() {
    for (field, word) in [
        ("hierarchy", "platform"),
        ("hierarchy", ""),
        ("label", "a b"),
        ("public", "0"),
        ("public", "0G"),
        ("public", "0A"),
    ] {
        let found = damage(|value| value["derived"][field] = json!(word));
        assert_eq!(found, Some(Damage::Derived.into()), "{field} {word}");
    }
    let cut = damage(|value| value["derived"]["public"] = json!("0001"));
    assert_eq!(cut, Some(Damage::Key(KeyDamage::Length).into()));
}

/// A host key that the TPM derived by the template of ssh-tpm-agent.
fn taken_over() -> KeyRecord {
    let host = Owner::new(Uid(990), UserName::new(HOST_USER).expect("a name"));
    let record = from(record(&host, 1), Origin::Adopted, false);
    let mut public = record.key.blob.public.to_vec();
    public.splice(10..12, [&[0, 32], &POLICY_B[..]].concat());
    let length = u16::try_from(public.len() - 2).expect("short");
    public[..2].copy_from_slice(&length.to_be_bytes());
    let derivation = Derivation::of_ssh_tpm_agent(Hierarchy::Owner);
    let blob = KeyBlob {
        public: public.into(),
        private: PrivatePart::Derived(derivation.into()),
    };
    KeyRecord {
        origin: Origin::Derived,
        key: TpmKey { blob, ..record.key },
        ..record
    }
}

#[test]
fn a_host_key_of_ssh_tpm_agent_reads_as_it_was_written() {
    let text = encode(&taken_over()).expect("a text");
    assert!(text.contains("\"template\": \"ssh-tpm-agent\""), "{text}");
    let read = decode(text.as_bytes()).expect("a record").record;
    assert!(read == taken_over());
}

#[test]
fn only_a_host_key_of_that_shape_is_of_ssh_tpm_agent() {
    let read = |change: fn(&mut Value)| {
        let text = encode(&taken_over()).expect("a text");
        let mut value: Value = serde_json::from_str(&text).expect("JSON");
        change(&mut value);
        let decoded = decode(value.to_string().as_bytes());
        decoded.map(|decoded| decoded.record).err()
    };
    for change in [
        |value: &mut Value| value["owner"]["name"] = json!("alice"),
        |value: &mut Value| value["derived"]["label"] = json!("work"),
        |value: &mut Value| value["derived"]["template"] = json!("sshtpm"),
        |value: &mut Value| value["derived"]["template"] = json!("other"),
    ] {
        assert_eq!(read(change), Some(Damage::Derived.into()));
    }
    let as_ours = read(|value| {
        let derived = value["derived"].as_object_mut().expect("an object");
        derived.remove("template");
    });
    assert_eq!(as_ours, Some(Damage::Pcrs.into()));
    let text = encode(&kept()).expect("a text");
    let mut ours: Value = serde_json::from_str(&text).expect("JSON");
    ours["derived"]["template"] = json!("ssh-tpm-agent");
    ours["derived"]["label"] = json!("");
    ours["owner"]["name"] = json!(HOST_USER);
    let ours = decode(ours.to_string().as_bytes()).err();
    assert_eq!(ours, Some(Damage::Pcrs.into()));
}

#[test]
fn a_record_says_one_way_into_the_tpm() {
    let other: Value = {
        let text = encode(&record(&alice(), 1)).expect("a text");
        serde_json::from_str(&text).expect("JSON")
    };
    let both = damage(|value| value["key"] = other["key"].clone());
    let neither = damage(|value| {
        value.as_object_mut().expect("an object").remove("derived");
    });
    let generated = damage(|value| value["origin"] = json!("generated"));
    let before = damage(|value| value["version"] = json!(6));
    for found in [both, neither, generated, before] {
        assert_eq!(found, Some(Damage::Derived.into()));
    }
}

#[test]
fn the_tpm_keeps_derived_keys_but_none_of_its_null_hierarchy() {
    for hierarchy in [Hierarchy::Owner, Hierarchy::Endorsement] {
        let kept = promoted(in_hierarchy(kept(), hierarchy), 0x8153_5300);
        let text = encode(&kept).expect("a text");
        assert!(decode(text.as_bytes()).expect("a record").record == kept);
    }
    let brief = promoted(in_hierarchy(kept(), Hierarchy::Null), 0x8153_5300);
    assert_eq!(encode(&brief), Err(Damage::Persistent));
}

#[test]
fn hexadecimal_has_one_form() {
    assert_eq!(parse_hex("00ff1a"), Some(vec![0, 0xff, 0x1a]));
    for text in ["0", "0x", "FF", "+1", "g0", "ä"] {
        assert_eq!(parse_hex(text), None, "{text}");
    }
}
