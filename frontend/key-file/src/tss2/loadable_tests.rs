//! Files of other programs with keys that are loaded as they are.

use der::asn1::{AnyRef, ObjectIdentifier};
use der::{Decode as _, Encode as _};

use super::fields::LABEL;
use super::fields::{Boolean, TpmKey};
use super::tests::{LOADABLE, inside};
use super::{Loadable, NotLoadable, Tss2Error};
use crate::armor;

/// The file of tpm2-openssl with the fields changed.
fn changed(change: impl for<'a> FnOnce(&mut TpmKey<'a>)) -> Result<Loadable, NotLoadable> {
    let inside = inside(LOADABLE);
    let mut key = TpmKey::from_der(&inside).unwrap();
    change(&mut key);
    let text = armor::text(LABEL, &key.to_der().unwrap()).unwrap();
    Loadable::read(text.as_bytes())
}

#[test]
fn a_file_of_tpm2_openssl_is_read() {
    let key = Loadable::read(LOADABLE.as_bytes()).unwrap();
    assert_eq!((key.public.len(), key.private.len()), (86, 126));
    assert!(!key.has_password && key.description.is_empty());
}

#[test]
fn a_key_without_empty_auth_has_a_password() {
    for empty_auth in [None, Some(Boolean(false))] {
        let key = changed(|key| key.empty_auth = empty_auth).unwrap();
        assert!(key.has_password, "{empty_auth:?}");
    }
}

#[test]
fn the_owner_hierarchy_stands_for_the_storage_root_key() {
    assert!(changed(|key| key.parent = 0x4000_0001).is_ok());
    for parent in [0x4000_0007, 0x4000_000b, 0x8100_0000, 0x8100_0002, 0] {
        let refused = changed(|key| key.parent = parent);
        assert_eq!(refused, Err(NotLoadable::OtherParent(parent)));
    }
    let rsa = changed(|key| key.rsa_parent = Some(Boolean(true)));
    assert_eq!(rsa, Err(NotLoadable::RsaParent));
    assert!(changed(|key| key.rsa_parent = Some(Boolean(false))).is_ok());
}

#[test]
fn a_key_with_a_policy_or_of_another_kind_is_refused() {
    let policy = Some(AnyRef::from_der(&[0x30, 0]).unwrap());
    let with_policy = Err(NotLoadable::File(Tss2Error::Policy));
    assert_eq!(changed(|key| key.policy = policy), with_policy);
    assert_eq!(changed(|key| key.auth_policy = policy), with_policy);
    let kind = |text| move |key: &mut TpmKey<'_>| key.kind = ObjectIdentifier::new_unwrap(text);
    let importable = changed(kind("2.23.133.10.1.4"));
    assert_eq!(importable, Err(NotLoadable::Importable));
    assert_eq!(changed(kind("2.23.133.10.1.5")), Err(NotLoadable::Sealed));
    assert!(changed(kind("2.23.133.10.1.9")).is_err());
}

#[test]
fn a_file_that_is_cut_off_anywhere_is_refused() {
    for length in 0..LOADABLE.trim_end().len() {
        let cut = Loadable::read(&LOADABLE.as_bytes()[..length]);
        assert!(cut.is_err(), "{length}");
    }
}
