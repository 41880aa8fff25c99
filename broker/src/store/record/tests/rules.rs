//! Tests of what a record says of a key's restrictions.

use std::sync::Arc;

use serde_json::json;

use super::{changed, damage, make_old, make_older, read, remove};
use crate::store::damage::{Damage, Unreadable};
use crate::store::fixtures::{alice, record};
use crate::store::record::encode;
use sshtpm_core::key::KeyRecord;
use sshtpm_core::restrictions::{Restrictions, Screen, UserPattern};

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
