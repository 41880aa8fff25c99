//! Tests of where the key of a record comes from.

use serde_json::{Value, json};

use super::{changed, damage, make_older, read, remove};
use crate::store::damage::{Damage, Unreadable};
use crate::store::fixtures::{self, alice, record};
use crate::store::record::encode;
use sshtpm_core::key::{Holding, Origin};
use sshtpm_ssh::word::Word as _;

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
