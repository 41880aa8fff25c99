//! Slots and tokens.

use cryptoki_sys::{
    CKF_LOGIN_REQUIRED, CKF_PROTECTED_AUTHENTICATION_PATH, CKF_SERIAL_SESSION,
    CKF_TOKEN_INITIALIZED, CKF_USER_PIN_INITIALIZED, CKM_ECDSA, CKM_RSA_PKCS_PSS,
    CKR_MECHANISM_INVALID, CKR_SLOT_ID_INVALID,
};
use sshtpm_ssh::error_kind::ErrorKind;

use super::Trial;
use crate::fake_keys::a_key;
use crate::rv::Rv;
use crate::slots::OPEN;
use crate::template::Template;

#[test]
fn all_keys_without_a_pin_share_a_slot() {
    let trial = Trial::with([a_key("one", false), a_key("two", false)]);
    assert_eq!(trial.module.slots(true), [OPEN]);
}

#[test]
fn each_key_with_a_pin_has_a_slot_of_its_own() {
    let trial = Trial::with([a_key("one", true), a_key("two", true)]);
    let slots = trial.module.slots(true);
    assert_eq!(slots.len(), 3);
    let label = trial.module.token_info(slots[2]).unwrap().label;
    assert!(label.starts_with(b"two  "));
}

#[test]
fn without_a_broker_there_are_no_slots() {
    let trial = Trial::with([]);
    trial.keys.refuse(Some(ErrorKind::BrokerUnavailable));
    assert_eq!(trial.module.slots(true), Vec::<u64>::new());
    trial.keys.refuse(None);
    assert_eq!(trial.module.slots(true), [OPEN]);
}

#[test]
fn a_slot_is_there_again_once_the_broker_is() {
    let trial = Trial::with([a_key("one", false)]);
    let session = trial.session();
    trial.keys.refuse(Some(ErrorKind::BrokerUnavailable));
    let none = Template::default();
    trial.module.find_init(session, &none).unwrap_err();
    let open = || trial.module.open_session(OPEN, CKF_SERIAL_SESSION);
    assert_eq!(open(), Err(Rv(CKR_SLOT_ID_INVALID)));
    trial.keys.refuse(None);
    open().unwrap();
}

#[test]
fn keys_are_listed_once_for_both_calls_of_a_program() {
    let trial = Trial::with([a_key("one", true)]);
    assert_eq!(trial.keys.lists(), 0);
    let slots = trial.module.slots(true);
    assert_eq!(trial.module.slots(false), slots);
    assert_eq!(trial.keys.lists(), 1);
}

#[test]
fn a_token_without_a_pin_never_asks_for_a_login() {
    let trial = Trial::with([a_key("one", false)]);
    trial.keys.let_ask();
    trial.module.slots(true);
    let flags = trial.module.token_info(OPEN).unwrap().flags;
    assert_eq!(flags, CKF_TOKEN_INITIALIZED);
}

#[test]
fn a_token_asks_for_a_login_until_its_key_is_unlocked() {
    let trial = Trial::with([a_key("one", true)]);
    let slot = trial.module.slots(true)[1];
    let flags = || trial.module.token_info(slot).unwrap().flags;
    let locked = CKF_TOKEN_INITIALIZED | CKF_USER_PIN_INITIALIZED | CKF_LOGIN_REQUIRED;
    assert_eq!(flags(), locked);
    trial.keys.set_unlocked(true);
    assert_eq!(flags(), locked & !CKF_LOGIN_REQUIRED);
}

#[test]
fn a_way_to_ask_is_claimed_only_where_there_is_one() {
    let trial = Trial::with([a_key("one", true)]);
    let slot = trial.module.slots(true)[1];
    let flags = || trial.module.token_info(slot).unwrap().flags;
    assert_eq!(flags() & CKF_PROTECTED_AUTHENTICATION_PATH, 0);
    trial.keys.let_ask();
    assert_ne!(flags() & CKF_PROTECTED_AUTHENTICATION_PATH, 0);
}

#[test]
fn a_slot_that_there_is_not_is_refused() {
    let trial = Trial::with([a_key("one", false)]);
    let refused = Some(Rv(CKR_SLOT_ID_INVALID));
    for slot in [0, 7] {
        assert_eq!(trial.module.slot_info(slot).err(), refused);
        assert_eq!(trial.module.token_info(slot).err(), refused);
        assert_eq!(trial.module.mechanisms(slot).err(), refused);
        assert_eq!(trial.module.close_all_sessions(slot).err(), refused);
    }
}

#[test]
fn a_child_finds_the_slots_of_its_parent() {
    let keys = [a_key("one", true)];
    let slots = Trial::with(keys.clone()).module.slots(true);
    let child = Trial::with(keys);
    for slot in slots {
        child.module.open_session(slot, CKF_SERIAL_SESSION).unwrap();
    }
}

#[test]
fn a_mechanism_that_is_not_listed_has_no_description() {
    let trial = Trial::with([a_key("one", false)]);
    trial.module.slots(true);
    for mechanism in trial.module.mechanisms(OPEN).unwrap() {
        trial.module.mechanism_info(OPEN, mechanism).unwrap();
    }
    let info = trial.module.mechanism_info(OPEN, CKM_ECDSA + 1000);
    assert_eq!(info.err(), Some(Rv(CKR_MECHANISM_INVALID)));
    let listed = trial.module.mechanisms(OPEN).unwrap();
    assert!(listed.contains(&CKM_RSA_PKCS_PSS));
}
