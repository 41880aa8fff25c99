//! Objects and their attributes.

use cryptoki_sys::{
    CK_ATTRIBUTE_TYPE, CKA_CLASS, CKA_EC_POINT, CKA_EXTRACTABLE, CKA_ID, CKA_LABEL, CKA_MODULUS,
    CKA_PRIVATE, CKA_PRIVATE_EXPONENT, CKA_SIGN, CKA_VALUE, CKO_CERTIFICATE, CKO_PRIVATE_KEY,
    CKO_PUBLIC_KEY, CKR_OBJECT_HANDLE_INVALID, CKR_OPERATION_ACTIVE, CKR_OPERATION_NOT_INITIALIZED,
};

use super::Trial;
use crate::attributes::Attribute;
use crate::fake_keys::{a_key, an_rsa_key};
use crate::rv::Rv;
use crate::template::Template;

#[test]
fn a_key_is_two_objects_with_one_id() {
    let trial = Trial::with([a_key("one", false), a_key("two", false)]);
    let session = trial.session();
    let id = |class| {
        let object = trial.of_class(session, class)[0];
        trial.module.attributes(session, object, &[CKA_ID]).unwrap()
    };
    assert_eq!(trial.found(session, &Template::default()).len(), 4);
    assert_eq!(id(CKO_PRIVATE_KEY), id(CKO_PUBLIC_KEY));
    assert_eq!(trial.of_class(session, CKO_CERTIFICATE), Vec::<u64>::new());
}

#[test]
fn a_search_is_for_all_attributes_together() {
    let trial = Trial::with([a_key("one", false), a_key("two", false)]);
    let session = trial.session();
    let class = CKO_PRIVATE_KEY.to_ne_bytes();
    let mut template = Template::default();
    template.push(CKA_LABEL, b"two").unwrap();
    assert_eq!(trial.found(session, &template).len(), 2);
    template.push(CKA_CLASS, &class).unwrap();
    assert_eq!(trial.found(session, &template).len(), 1);
    template.push(CKA_EXTRACTABLE, &[1]).unwrap();
    assert_eq!(trial.found(session, &template), Vec::<u64>::new());
}

#[test]
fn a_secret_is_neither_told_nor_searched_for() {
    let trial = Trial::with([a_key("ec", false), an_rsa_key()]);
    let session = trial.session();
    let keys = trial.of_class(session, CKO_PRIVATE_KEY);
    let secret = |key, kind: CK_ATTRIBUTE_TYPE| {
        let answers = trial.module.attributes(session, key, &[kind]);
        assert_eq!(answers.unwrap(), [Attribute::Secret]);
    };
    secret(keys[0], CKA_VALUE);
    secret(keys[1], CKA_PRIVATE_EXPONENT);
    let mut template = Template::default();
    template.push(CKA_VALUE, &[]).unwrap();
    assert_eq!(trial.found(session, &template), Vec::<u64>::new());
}

#[test]
fn each_attribute_is_answered_for_itself() {
    let trial = Trial::with([a_key("one", false)]);
    let session = trial.session();
    let key = trial.private_key(session);
    let kinds = [CKA_SIGN, CKA_MODULUS, CKA_PRIVATE, CKA_EC_POINT];
    let answers = trial.module.attributes(session, key, &kinds).unwrap();
    assert_eq!(answers[0], Attribute::Is(vec![1]));
    assert_eq!(answers[1], Attribute::Missing);
    assert_eq!(answers[2], Attribute::Is(vec![0]));
    // An OCTET STRING of 65 bytes.
    assert!(matches!(&answers[3], Attribute::Is(point) if point.starts_with(&[4, 65, 4])));
}

#[test]
fn a_key_with_a_pin_is_seen_in_its_own_slot_alone() {
    let trial = Trial::with([a_key("open", false), a_key("locked", true)]);
    let slot = trial.module.slots(true)[1];
    let (open, locked) = (trial.session(), trial.session_with(slot));
    let (one, other) = (trial.private_key(open), trial.private_key(locked));
    assert_ne!(one, other);
    let elsewhere = trial.module.attributes(open, other, &[CKA_LABEL]);
    assert_eq!(elsewhere, Err(Rv(CKR_OBJECT_HANDLE_INVALID)));
}

#[test]
fn searches_in_one_session_follow_each_other() {
    let trial = Trial::with([a_key("one", false)]);
    let session = trial.session();
    let module = &trial.module;
    let none = Err(Rv(CKR_OPERATION_NOT_INITIALIZED));
    assert_eq!(module.find(session, 1), none);
    assert_eq!(
        module.find_final(session),
        Err(Rv(CKR_OPERATION_NOT_INITIALIZED))
    );
    module.find_init(session, &Template::default()).unwrap();
    let again = module.find_init(session, &Template::default());
    assert_eq!(again, Err(Rv(CKR_OPERATION_ACTIVE)));
    assert_eq!(module.find(session, 1).unwrap().len(), 1);
    assert_eq!(module.find(session, 5).unwrap().len(), 1);
    assert_eq!(module.find(session, 5).unwrap().len(), 0);
    module.find_final(session).unwrap();
}

#[test]
fn a_key_that_came_later_is_found_by_a_running_program() {
    let trial = Trial::with([]);
    let session = trial.session();
    assert_eq!(trial.of_class(session, CKO_PRIVATE_KEY), Vec::<u64>::new());
    let other = Trial::with([a_key("later", false)]);
    let later = other.keys.keys().remove(0);
    crate::keys::Keys::generate(&trial.keys, later.algorithm, "later").unwrap();
    assert_eq!(trial.of_class(session, CKO_PRIVATE_KEY).len(), 1);
}
