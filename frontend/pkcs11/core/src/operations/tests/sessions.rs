//! Sessions.

use cryptoki_sys::{
    CKF_RW_SESSION, CKF_SERIAL_SESSION, CKR_SESSION_COUNT, CKR_SESSION_HANDLE_INVALID,
    CKR_SESSION_PARALLEL_NOT_SUPPORTED, CKR_SLOT_ID_INVALID, CKS_RO_PUBLIC_SESSION,
    CKS_RW_PUBLIC_SESSION,
};

use super::Trial;
use crate::fake_keys::a_key;
use crate::limits::MAX_SESSIONS;
use crate::rv::Rv;
use crate::slots::OPEN;
use crate::template::Template;

#[test]
fn a_closed_session_is_refused_everywhere() {
    let trial = Trial::with([a_key("one", false)]);
    let session = trial.session();
    let key = trial.private_key(session);
    let module = &trial.module;
    module.close_session(session).unwrap();
    let refused = Some(Rv(CKR_SESSION_HANDLE_INVALID));
    let none = Template::default();
    assert_eq!(module.close_session(session).err(), refused);
    assert_eq!(module.session_info(session).err(), refused);
    assert_eq!(module.login(session, 1, None).err(), refused);
    assert_eq!(module.logout(session).err(), refused);
    assert_eq!(module.find_init(session, &none).err(), refused);
    assert_eq!(module.find(session, 1).err(), refused);
    assert_eq!(module.find_final(session).err(), refused);
    assert_eq!(module.attributes(session, key, &[]).err(), refused);
    assert_eq!(module.sign_init(session, 0, &[], key).err(), refused);
    assert_eq!(module.sign(session, &[], None).err(), refused);
    assert_eq!(module.sign_update(session, &[]).err(), refused);
    assert_eq!(module.sign_final(session, None).err(), refused);
    assert_eq!(module.create_object(session, &none).err(), refused);
    assert_eq!(module.destroy_object(session, key).err(), refused);
    let made = module.generate_key_pair(session, 0, &[], &none, &none);
    assert_eq!(made.err(), refused);
    assert_eq!(module.random(session, &mut []).err(), refused);
}

#[test]
fn sessions_end_at_their_bound() {
    let trial = Trial::with([a_key("one", false)]);
    for _ in 0..MAX_SESSIONS {
        trial.session();
    }
    let flags = CKF_SERIAL_SESSION;
    let refused = trial.module.open_session(OPEN, flags);
    assert_eq!(refused, Err(Rv(CKR_SESSION_COUNT)));
    trial.module.close_all_sessions(OPEN).unwrap();
    trial.session();
}

#[test]
fn closing_all_sessions_leaves_those_of_other_slots() {
    let trial = Trial::with([a_key("one", true)]);
    let slots = trial.module.slots(true);
    let (open, locked) = (trial.session(), trial.session_with(slots[1]));
    trial.module.close_all_sessions(slots[1]).unwrap();
    trial.module.session_info(open).unwrap();
    trial.module.session_info(locked).unwrap_err();
}

#[test]
fn a_session_is_serial_and_of_a_slot_that_exists() {
    let trial = Trial::with([]);
    trial.module.slots(true);
    let parallel = trial.module.open_session(OPEN, 0);
    assert_eq!(parallel, Err(Rv(CKR_SESSION_PARALLEL_NOT_SUPPORTED)));
    let elsewhere = trial.module.open_session(99, CKF_SERIAL_SESSION);
    assert_eq!(elsewhere, Err(Rv(CKR_SLOT_ID_INVALID)));
}

#[test]
fn a_session_says_whether_it_can_write() {
    let trial = Trial::with([]);
    let writing = trial.session();
    let reading = trial.module.open_session(OPEN, CKF_SERIAL_SESSION).unwrap();
    let info = |session| trial.module.session_info(session).unwrap();
    assert_eq!(info(writing).state, CKS_RW_PUBLIC_SESSION);
    assert_eq!(info(writing).flags, CKF_SERIAL_SESSION | CKF_RW_SESSION);
    assert_eq!(info(reading).state, CKS_RO_PUBLIC_SESSION);
}
