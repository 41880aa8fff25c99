//! PINs.

use cryptoki_sys::{
    CK_SESSION_HANDLE, CKR_ARGUMENTS_BAD, CKR_OPERATION_NOT_INITIALIZED, CKR_PIN_INCORRECT,
    CKR_PIN_LEN_RANGE, CKR_PIN_LOCKED, CKR_USER_ALREADY_LOGGED_IN, CKR_USER_NOT_LOGGED_IN,
    CKR_USER_PIN_NOT_INITIALIZED, CKR_USER_TYPE_INVALID, CKS_RW_PUBLIC_SESSION,
    CKS_RW_USER_FUNCTIONS, CKU_CONTEXT_SPECIFIC, CKU_SO, CKU_USER,
};
use sshtpm_ssh::error_kind::ErrorKind;

use super::Trial;
use crate::fake_keys::{PIN, a_key};
use crate::rv::Rv;

fn locked() -> (Trial, CK_SESSION_HANDLE) {
    let trial = Trial::with([a_key("one", true)]);
    let slot = trial.module.slots(true)[1];
    let session = trial.session_with(slot);
    (trial, session)
}

#[test]
fn a_login_unlocks_the_key_and_a_logout_locks_it() {
    let (trial, session) = locked();
    let state = || trial.module.session_info(session).unwrap().state;
    assert_eq!(state(), CKS_RW_PUBLIC_SESSION);
    trial.module.login(session, CKU_USER, Some(PIN)).unwrap();
    assert_eq!(state(), CKS_RW_USER_FUNCTIONS);
    let again = trial.module.login(session, CKU_USER, Some(PIN));
    assert_eq!(again, Err(Rv(CKR_USER_ALREADY_LOGGED_IN)));
    trial.module.logout(session).unwrap();
    assert_eq!(state(), CKS_RW_PUBLIC_SESSION);
    assert!(!trial.keys.keys()[0].unlocked);
}

#[test]
fn a_program_logs_in_again_once_the_broker_forgot_the_pin() {
    let (trial, session) = locked();
    let login = || trial.module.login(session, CKU_USER, Some(PIN));
    login().unwrap();
    trial.keys.set_unlocked(false);
    login().unwrap();
    assert!(trial.keys.keys()[0].unlocked);
}

#[test]
fn a_logout_leaves_what_the_user_unlocked() {
    let (trial, session) = locked();
    trial.keys.set_unlocked(true);
    let refused = trial.module.logout(session);
    assert_eq!(refused, Err(Rv(CKR_USER_NOT_LOGGED_IN)));
    assert!(trial.keys.keys()[0].unlocked);
}

#[test]
fn a_program_logs_in_again_after_its_last_session() {
    let (trial, first) = locked();
    let slot = trial.module.session_info(first).unwrap().slotID;
    let login = |session, pin| trial.module.login(session, CKU_USER, Some(pin));
    login(first, PIN).unwrap();
    let second = trial.session_with(slot);
    trial.module.close_session(first).unwrap();
    let again = login(second, b"4321");
    assert_eq!(again, Err(Rv(CKR_USER_ALREADY_LOGGED_IN)));
    trial.module.close_session(second).unwrap();
    let third = trial.session_with(slot);
    assert_eq!(login(third, b"4321"), Err(Rv(CKR_PIN_INCORRECT)));
    login(third, PIN).unwrap();
    trial.module.close_all_sessions(slot).unwrap();
    login(trial.session_with(slot), PIN).unwrap();
}

#[test]
fn a_wrong_pin_is_told_from_too_many() {
    let (trial, session) = locked();
    let login = || trial.module.login(session, CKU_USER, Some(b"4321"));
    assert_eq!(login(), Err(Rv(CKR_PIN_INCORRECT)));
    trial.keys.refuse_pins(ErrorKind::PinTriesExceeded);
    assert_eq!(login(), Err(Rv(CKR_PIN_LOCKED)));
}

#[test]
fn what_cannot_be_a_pin_never_reaches_the_broker() {
    let (trial, session) = locked();
    let login = |pin: &[u8]| trial.module.login(session, CKU_USER, Some(pin));
    assert_eq!(login(b""), Err(Rv(CKR_PIN_LEN_RANGE)));
    assert_eq!(login(&[b'1'; 33]), Err(Rv(CKR_PIN_LEN_RANGE)));
    assert_eq!(login(b"12\x0034"), Err(Rv(CKR_PIN_INCORRECT)));
    assert_eq!(trial.keys.unlocks(), 0);
}

#[test]
fn a_person_is_asked_if_the_program_gives_no_pin() {
    let (trial, session) = locked();
    let login = || trial.module.login(session, CKU_USER, None);
    assert_eq!(login(), Err(Rv(CKR_ARGUMENTS_BAD)));
    trial.keys.let_ask();
    login().unwrap();
    assert!(trial.keys.keys()[0].unlocked);
}

#[test]
fn a_token_without_a_pin_takes_no_login() {
    let trial = Trial::with([a_key("one", false)]);
    let session = trial.session();
    let login = trial.module.login(session, CKU_USER, Some(PIN));
    assert_eq!(login, Err(Rv(CKR_USER_PIN_NOT_INITIALIZED)));
}

#[test]
fn other_users_than_the_user_do_not_log_in() {
    let (trial, session) = locked();
    let login = |user| trial.module.login(session, user, Some(PIN));
    assert_eq!(login(CKU_SO), Err(Rv(CKR_USER_TYPE_INVALID)));
    let refused = Err(Rv(CKR_OPERATION_NOT_INITIALIZED));
    assert_eq!(login(CKU_CONTEXT_SPECIFIC), refused);
}
