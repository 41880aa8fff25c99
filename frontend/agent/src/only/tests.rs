//! Agents with some of the keys.

use sshtpm_dbus::{Error, Identity};
use sshtpm_ssh::error_kind::ErrorKind;

use super::{OnlySome, Selection, Selector};
use crate::asker::Asker;
use crate::keys::Keys;
use crate::origin::Origin;
use crate::protocol::fake_keys::{self, FakeKeys, block_on};

fn key(seed: u8, comment: &str) -> Identity {
    Identity {
        blob: fake_keys::private_key(seed)
            .public_key()
            .to_bytes()
            .unwrap(),
        comment: comment.to_owned(),
    }
}

fn fingerprint(seed: u8) -> String {
    let key = fake_keys::private_key(seed);
    key.fingerprint(ssh_key::HashAlg::Sha256).to_string()
}

/// Three keys, of which the third may sign files alone.
fn three_keys() -> FakeKeys {
    let keys = vec![key(1, "one"), key(2, "two"), key(3, "three")];
    FakeKeys::answering(keys, b"signature".to_vec()).with_files_alone(key(3, "three"))
}

fn only(selectors: &[&str]) -> OnlySome<FakeKeys> {
    let selectors: Vec<Selector> = selectors.iter().map(|text| text.parse().unwrap()).collect();
    OnlySome::new(three_keys(), Selection::try_from(selectors).unwrap())
}

fn offered(keys: &OnlySome<FakeKeys>) -> Vec<String> {
    let listed = block_on(keys.identities(&Asker::default())).unwrap();
    listed.into_iter().map(|key| key.comment).collect()
}

fn signs(keys: &OnlySome<FakeKeys>, seed: u8) -> bool {
    let asker = Asker::default();
    let signed = block_on(keys.sign(&fingerprint(seed), b"data", 0, &asker));
    match signed {
        Ok(_) => true,
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::NoSuchKey);
            assert_eq!(keys.keys.asked_to_sign(), []);
            false
        }
    }
}

#[test]
fn the_keys_that_are_listed_are_those_that_sign() {
    let one = fingerprint(1);
    for (selectors, expected) in [
        (vec![one.as_str()], ["one"].as_slice()),
        (vec!["two"], &["two"]),
        (vec!["purpose:sign"], &["three"]),
        (vec!["purpose:sign", &one], &["one", "three"]),
        (vec!["purpose:sign", "two", &one], &["one", "two", "three"]),
        (vec!["nothing"], &[]),
        (vec!["purpose:ca"], &[]),
    ] {
        assert_eq!(offered(&only(&selectors)), expected, "{selectors:?}");
        for (seed, comment) in [(1, "one"), (2, "two"), (3, "three")] {
            let is_listed = expected.contains(&comment);
            assert_eq!(signs(&only(&selectors), seed), is_listed, "{selectors:?}");
        }
    }
}

#[test]
fn a_key_whose_name_is_no_fingerprint_does_not_sign() {
    let keys = only(&["one"]);
    let refused = block_on(keys.sign("one", b"data", 0, &Asker::default()));
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::NoSuchKey);
}

#[test]
fn nothing_is_signed_while_the_keys_cannot_be_listed() {
    let away = Error::new(ErrorKind::BrokerUnavailable, "away");
    let selection = Selection::try_from(vec!["one".parse().unwrap()]).unwrap();
    let keys = OnlySome::new(FakeKeys::listing(Err(away)), selection);
    let refused = block_on(keys.sign(&fingerprint(1), b"data", 0, &Asker::default()));
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::BrokerUnavailable);
}

#[test]
fn a_selection_has_1_to_64_entries() {
    let one: Selector = "one".parse().unwrap();
    assert!(Selection::try_from(Vec::new()).is_err());
    assert!(Selection::try_from(vec![one.clone(); 64]).is_ok());
    assert!(Selection::try_from(vec![one; 65]).is_err());
}

/// The same keys, and a raw one with the comment of the first.
fn beside_raw(selectors: &[&str]) -> OnlySome<FakeKeys> {
    let selectors: Vec<Selector> = selectors.iter().map(|text| text.parse().unwrap()).collect();
    let keys = three_keys().with_raw(key(4, "one"));
    OnlySome::new(keys, Selection::try_from(selectors).unwrap())
}

fn from(origin: Origin) -> Asker {
    Asker {
        origin,
        ..Asker::default()
    }
}

#[test]
fn a_raw_key_is_meant_by_its_fingerprint_or_its_purpose_alone() {
    let (own, other) = (fingerprint(4), fingerprint(1));
    for (selectors, expected) in [
        (vec![own.as_str()], ["one"].as_slice()),
        (vec!["purpose:raw"], &["one"]),
        (vec!["purpose:raw", "two"], &["two", "one"]),
        (vec!["purpose:auth"], &["one", "two"]),
        (vec!["three"], &["three"]),
        (vec!["one", &other], &["one"]),
    ] {
        let is_meant = selectors.contains(&own.as_str()) || selectors.contains(&"purpose:raw");
        assert_eq!(offered(&beside_raw(&selectors)), expected, "{selectors:?}");
        assert_eq!(signs(&beside_raw(&selectors), 4), is_meant, "{selectors:?}");
    }
}

#[test]
fn a_raw_key_is_neither_offered_to_another_machine_nor_used_for_it() {
    let own = fingerprint(4);
    for selectors in [vec![own.as_str()], vec!["purpose:raw"]] {
        let keys = beside_raw(&selectors);
        let asker = from(Origin::Forwarded);
        assert_eq!(block_on(keys.identities(&asker)), Ok(Vec::new()));
        assert!(block_on(keys.sign(&own, b"data", 0, &asker)).is_err());
        assert_eq!(keys.keys.asked_to_sign(), []);
    }
}
