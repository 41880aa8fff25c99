//! Signatures.

use cryptoki_sys::{
    CK_ULONG, CKA_ALLOWED_MECHANISMS, CKG_MGF1_SHA256, CKM_ECDSA, CKM_ECDSA_SHA256, CKM_RSA_PKCS,
    CKM_RSA_PKCS_PSS, CKM_SHA256, CKM_SHA256_RSA_PKCS, CKO_PUBLIC_KEY, CKR_DATA_LEN_RANGE,
    CKR_DEVICE_ERROR, CKR_KEY_FUNCTION_NOT_PERMITTED, CKR_KEY_HANDLE_INVALID,
    CKR_KEY_TYPE_INCONSISTENT, CKR_MECHANISM_INVALID, CKR_OPERATION_ACTIVE,
    CKR_OPERATION_NOT_INITIALIZED, CKR_USER_NOT_LOGGED_IN,
};
use sha2::{Digest as _, Sha256};
use sshtpm_ssh::digest_scheme::{DigestHash, DigestScheme};
use sshtpm_ssh::error_kind::ErrorKind;

use super::Trial;
use crate::attributes::Attribute;
use crate::fake_keys::{a_key, an_rsa_key};
use crate::operations::Signed;
use crate::rv::Rv;

#[test]
fn a_program_asks_for_the_length_and_then_signs() {
    let trial = Trial::with([a_key("one", false)]);
    let session = trial.session();
    let key = trial.private_key(session);
    let module = &trial.module;
    module.sign_init(session, CKM_ECDSA, &[], key).unwrap();
    let sign = |room| module.sign(session, &[7; 32], room).unwrap();
    assert_eq!(sign(None), Signed::HasLength(64));
    assert_eq!(sign(Some(63)), Signed::NeedsRoom(64));
    assert_eq!(trial.keys.signed(), []);
    assert_eq!(sign(Some(64)), Signed::Is(vec![7; 64]));
    assert_eq!(trial.keys.signed(), [(DigestScheme::Ecdsa, vec![7; 32])]);
    let again = module.sign(session, &[7; 32], Some(64));
    assert_eq!(again, Err(Rv(CKR_OPERATION_NOT_INITIALIZED)));
}

#[test]
fn data_in_parts_is_signed_as_a_whole() {
    let trial = Trial::with([an_rsa_key()]);
    let session = trial.session();
    let key = trial.private_key(session);
    let module = &trial.module;
    module
        .sign_init(session, CKM_SHA256_RSA_PKCS, &[], key)
        .unwrap();
    module.sign_update(session, b"I owe ").unwrap();
    module.sign_update(session, b"bob").unwrap();
    let signed = module.sign_final(session, Some(256)).unwrap();
    assert_eq!(signed, Signed::Is(vec![7; 256]));
    let scheme = DigestScheme::RsaPkcs1(DigestHash::Sha256);
    let digest = Sha256::digest(b"I owe bob").to_vec();
    assert_eq!(trial.keys.signed(), [(scheme, digest)]);
}

#[test]
fn parts_are_not_followed_by_the_whole() {
    let trial = Trial::with([a_key("one", false)]);
    let session = trial.session();
    let key = trial.private_key(session);
    let module = &trial.module;
    module
        .sign_init(session, CKM_ECDSA_SHA256, &[], key)
        .unwrap();
    module.sign_update(session, b"I owe ").unwrap();
    let whole = module.sign(session, b"bob", Some(64));
    assert_eq!(whole, Err(Rv(CKR_OPERATION_ACTIVE)));
    assert_eq!(trial.keys.signed(), []);
}

#[test]
fn a_signature_begins_with_a_private_key_that_fits() {
    let trial = Trial::with([a_key("one", false)]);
    let session = trial.session();
    let (key, public) = (
        trial.private_key(session),
        trial.of_class(session, CKO_PUBLIC_KEY)[0],
    );
    let begin = |mechanism, key| trial.module.sign_init(session, mechanism, &[], key);
    assert_eq!(begin(CKM_ECDSA, public), Err(Rv(CKR_KEY_HANDLE_INVALID)));
    assert_eq!(begin(CKM_ECDSA, 999), Err(Rv(CKR_KEY_HANDLE_INVALID)));
    assert_eq!(begin(CKM_SHA256, key), Err(Rv(CKR_MECHANISM_INVALID)));
    let inconsistent = Err(Rv(CKR_KEY_TYPE_INCONSISTENT));
    assert_eq!(begin(CKM_RSA_PKCS, key), inconsistent);
    begin(CKM_ECDSA, key).unwrap();
    assert_eq!(begin(CKM_ECDSA, key), Err(Rv(CKR_OPERATION_ACTIVE)));
}

#[test]
fn a_signature_that_fails_has_ended() {
    let trial = Trial::with([a_key("one", false)]);
    let session = trial.session();
    let key = trial.private_key(session);
    let module = &trial.module;
    module.sign_init(session, CKM_ECDSA, &[], key).unwrap();
    let empty = module.sign(session, &[], Some(64));
    assert_eq!(empty, Err(Rv(CKR_DATA_LEN_RANGE)));
    module.sign_init(session, CKM_ECDSA, &[], key).unwrap();
    trial.keys.refuse(Some(ErrorKind::TpmUnavailable));
    let refused = module.sign(session, &[7; 32], Some(64));
    assert_eq!(refused, Err(Rv(CKR_DEVICE_ERROR)));
    module.sign_init(session, CKM_ECDSA, &[], key).unwrap();
}

#[test]
fn a_signature_that_another_thread_began_stays() {
    let trial = Trial::with([a_key("one", false)]);
    let session = trial.session();
    let key = trial.private_key(session);
    let module = &trial.module;
    module.sign_init(session, CKM_ECDSA, &[], key).unwrap();
    // As a thread that hashes a part has it.
    let mut earlier = module.take_signing(session).unwrap();
    earlier.update(&[9; 32]).unwrap();
    module.sign_init(session, CKM_ECDSA, &[], key).unwrap();
    let put_back = module.put_signing_back(session, earlier);
    assert_eq!(put_back, Err(Rv(CKR_OPERATION_ACTIVE)));
    module.sign(session, &[7; 32], Some(64)).unwrap();
    assert_eq!(trial.keys.signed(), [(DigestScheme::Ecdsa, vec![7; 32])]);
}

#[test]
fn a_refusal_of_polkit_is_told_as_not_permitted() {
    let trial = Trial::with([a_key("one", false)]);
    let session = trial.session();
    let key = trial.private_key(session);
    trial
        .module
        .sign_init(session, CKM_ECDSA, &[], key)
        .unwrap();
    trial.keys.refuse(Some(ErrorKind::NotAuthorized));
    let refused = trial.module.sign(session, &[7; 32], Some(64));
    assert_eq!(refused, Err(Rv(CKR_KEY_FUNCTION_NOT_PERMITTED)));
}

#[test]
fn a_pin_that_was_forgotten_is_asked_for_again() {
    let trial = Trial::with([a_key("one", true)]);
    trial.keys.set_unlocked(true);
    let slot = trial.module.slots(true)[1];
    let session = trial.session_with(slot);
    let key = trial.private_key(session);
    trial
        .module
        .sign_init(session, CKM_ECDSA, &[], key)
        .unwrap();
    trial.keys.set_unlocked(false);
    let refused = trial.module.sign(session, &[7; 32], Some(64));
    assert_eq!(refused, Err(Rv(CKR_USER_NOT_LOGGED_IN)));
    trial.module.login(session, 1, Some(b"1234")).unwrap();
}

#[test]
fn pss_is_no_longer_offered_once_the_tpm_refused_it() {
    let trial = Trial::with([an_rsa_key()]);
    let session = trial.session();
    let key = trial.private_key(session);
    let module = &trial.module;
    let listed = || module.mechanisms(1).unwrap().len();
    let allowed = || match &module.attributes(session, key, &[CKA_ALLOWED_MECHANISMS]) {
        Ok(answers) => answers[0].clone(),
        Err(rv) => panic!("{rv:?}"),
    };
    let (all, Attribute::Is(of_key)) = (listed(), allowed()) else {
        panic!("a key has mechanisms");
    };
    let numbers = [CKM_SHA256, CKG_MGF1_SHA256, 32];
    let parameter: Vec<u8> = numbers.iter().flat_map(|one| one.to_ne_bytes()).collect();
    let begin = || module.sign_init(session, CKM_RSA_PKCS_PSS, &parameter, key);
    begin().unwrap();
    module.mechanism_info(1, CKM_RSA_PKCS_PSS).unwrap();
    trial.keys.refuse(Some(ErrorKind::UnsupportedAlgorithm));
    let refused = module.sign(session, &[7; 32], Some(256));
    assert_eq!(refused, Err(Rv(CKR_MECHANISM_INVALID)));
    assert_eq!(listed(), all - 4);
    assert_eq!(begin(), Err(Rv(CKR_MECHANISM_INVALID)));
    let info = module.mechanism_info(1, CKM_RSA_PKCS_PSS);
    assert_eq!(info.err(), Some(Rv(CKR_MECHANISM_INVALID)));
    let left = of_key.len() - 4 * size_of::<CK_ULONG>();
    assert_eq!(allowed(), Attribute::Is(of_key[..left].to_vec()));
}
