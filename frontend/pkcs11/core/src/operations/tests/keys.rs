//! Generating and deleting keys.

use cryptoki_sys::{
    CKA_EC_PARAMS, CKA_EXTRACTABLE, CKA_LABEL, CKA_MODULUS_BITS, CKA_PUBLIC_EXPONENT, CKA_TOKEN,
    CKF_SERIAL_SESSION, CKM_EC_KEY_PAIR_GEN, CKM_ECDSA, CKM_RSA_PKCS_KEY_PAIR_GEN, CKO_PRIVATE_KEY,
    CKO_PUBLIC_KEY, CKR_ACTION_PROHIBITED, CKR_ATTRIBUTE_VALUE_INVALID, CKR_CURVE_NOT_SUPPORTED,
    CKR_DEVICE_ERROR, CKR_DEVICE_MEMORY, CKR_KEY_SIZE_RANGE, CKR_MECHANISM_INVALID,
    CKR_SESSION_READ_ONLY, CKR_TEMPLATE_INCOMPLETE, CKR_TEMPLATE_INCONSISTENT,
};
use sshtpm_ssh::algorithm::{Algorithm, RsaBits};
use sshtpm_ssh::error_kind::ErrorKind;

use super::Trial;
use crate::der_forms::curve;
use crate::fake_keys::{a_key, on_p521};
use crate::rv::Rv;
use crate::slots::OPEN;
use crate::template::Template;

type Given<'a> = &'a [(u64, &'a [u8])];

/// Why generating with these attributes fails.
fn refusal(mechanism: u64, public: Given<'_>, private: Given<'_>) -> Option<Rv> {
    let trial = Trial::with([]);
    let session = trial.session();
    let mut templates = [Template::default(), Template::default()];
    for (template, given) in templates.iter_mut().zip([public, private]) {
        for (kind, value) in given {
            template.push(*kind, value).unwrap();
        }
    }
    let [public, private] = &templates;
    let made = trial
        .module
        .generate_key_pair(session, mechanism, &[], public, private);
    made.err()
}

#[test]
fn a_generated_key_is_found_by_both_handles() {
    let trial = Trial::with([]);
    let session = trial.session();
    let parameters = curve(on_p521().algorithm).unwrap();
    let mut public = Template::default();
    public.push(CKA_EC_PARAMS, &parameters).unwrap();
    let mut private = Template::default();
    private.push(CKA_LABEL, b"of a program").unwrap();
    let made = trial
        .module
        .generate_key_pair(session, CKM_EC_KEY_PAIR_GEN, &[], &public, &private)
        .unwrap();
    assert_eq!(trial.of_class(session, CKO_PUBLIC_KEY), [made.0]);
    assert_eq!(trial.of_class(session, CKO_PRIVATE_KEY), [made.1]);
    let key = trial.keys.keys().remove(0);
    assert_eq!(key.comment, "of a program");
    assert_eq!(key.algorithm, on_p521().algorithm);
}

#[test]
fn an_rsa_key_has_the_length_that_was_wanted() {
    let trial = Trial::with([]);
    let session = trial.session();
    let bits = 3072_u64.to_ne_bytes();
    let mut public = Template::default();
    public.push(CKA_MODULUS_BITS, &bits).unwrap();
    public.push(CKA_PUBLIC_EXPONENT, &[0, 1, 0, 1]).unwrap();
    let none = Template::default();
    trial
        .module
        .generate_key_pair(session, CKM_RSA_PKCS_KEY_PAIR_GEN, &[], &public, &none)
        .unwrap();
    let algorithm = trial.keys.keys()[0].algorithm;
    assert_eq!(algorithm, Algorithm::Rsa(RsaBits::B3072));
}

#[test]
fn what_the_tpm_cannot_generate_is_refused() {
    let (ec, rsa) = (CKM_EC_KEY_PAIR_GEN, CKM_RSA_PKCS_KEY_PAIR_GEN);
    let (short, long) = (1024_u64.to_ne_bytes(), u64::MAX.to_ne_bytes());
    let bits = 2048_u64.to_ne_bytes();
    let cases: [(u64, Given<'_>, _); 8] = [
        (CKM_ECDSA, &[], CKR_MECHANISM_INVALID),
        (ec, &[], CKR_TEMPLATE_INCOMPLETE),
        (
            ec,
            &[(CKA_EC_PARAMS, b"\x06\x01\x01")],
            CKR_CURVE_NOT_SUPPORTED,
        ),
        (rsa, &[], CKR_TEMPLATE_INCOMPLETE),
        (
            rsa,
            &[(CKA_MODULUS_BITS, &[8, 0])],
            CKR_ATTRIBUTE_VALUE_INVALID,
        ),
        (rsa, &[(CKA_MODULUS_BITS, &short)], CKR_KEY_SIZE_RANGE),
        (rsa, &[(CKA_MODULUS_BITS, &long)], CKR_KEY_SIZE_RANGE),
        (
            rsa,
            &[(CKA_MODULUS_BITS, &bits), (CKA_PUBLIC_EXPONENT, &[3])],
            CKR_ATTRIBUTE_VALUE_INVALID,
        ),
    ];
    for (mechanism, public, expected) in cases {
        let refused = refusal(mechanism, public, &[]);
        assert_eq!(refused, Some(Rv(expected)), "{mechanism} {public:?}");
    }
}

#[test]
fn a_key_that_would_leave_or_end_early_is_refused() {
    let parameters = curve(on_p521().algorithm).unwrap();
    let public: Given<'_> = &[(CKA_EC_PARAMS, &parameters)];
    let private: [Given<'_>; 2] = [&[(CKA_EXTRACTABLE, &[1])], &[(CKA_TOKEN, &[0])]];
    for private in private {
        let refused = refusal(CKM_EC_KEY_PAIR_GEN, public, private);
        assert_eq!(refused, Some(Rv(CKR_TEMPLATE_INCONSISTENT)));
    }
}

#[test]
fn the_slot_of_a_key_with_a_pin_takes_no_second_one() {
    let trial = Trial::with([a_key("one", true)]);
    let slot = trial.module.slots(true)[1];
    let session = trial.session_with(slot);
    let none = Template::default();
    let made = trial
        .module
        .generate_key_pair(session, CKM_EC_KEY_PAIR_GEN, &[], &none, &none);
    assert_eq!(made, Err(Rv(CKR_DEVICE_MEMORY)));
}

#[test]
fn a_session_that_reads_changes_nothing() {
    let trial = Trial::with([a_key("one", false)]);
    trial.module.slots(true);
    let module = &trial.module;
    let session = module.open_session(OPEN, CKF_SERIAL_SESSION).unwrap();
    let key = trial.private_key(session);
    let none = Template::default();
    let refused = Some(Rv(CKR_SESSION_READ_ONLY));
    assert_eq!(module.destroy_object(session, key).err(), refused);
    assert_eq!(module.create_object(session, &none).err(), refused);
    let made = module.generate_key_pair(session, CKM_EC_KEY_PAIR_GEN, &[], &none, &none);
    assert_eq!(made.err(), refused);
}

#[test]
fn a_deleted_key_is_gone_with_both_halves() {
    let trial = Trial::with([a_key("one", false)]);
    let session = trial.session();
    let public = trial.of_class(session, CKO_PUBLIC_KEY)[0];
    let key = trial.private_key(session);
    let refused = trial.module.destroy_object(session, public);
    assert_eq!(refused, Err(Rv(CKR_ACTION_PROHIBITED)));
    trial.module.destroy_object(session, key).unwrap();
    assert_eq!(
        trial.found(session, &Template::default()),
        Vec::<u64>::new()
    );
    trial.module.attributes(session, public, &[]).unwrap_err();
}

#[test]
fn a_deleted_key_is_gone_even_if_its_certificate_stays() {
    let one = a_key("one", false);
    let trial = Trial::with([one.clone()]);
    let session = trial.session();
    let key = trial.private_key(session);
    // What no file can be in the place of, and nothing deletes.
    let name = format!("{}.der", one.fingerprint.to_hex());
    std::fs::create_dir(trial.home.path().join(name)).unwrap();
    let deleted = trial.module.destroy_object(session, key);
    assert_eq!(deleted, Err(Rv(CKR_DEVICE_ERROR)));
    trial.module.attributes(session, key, &[]).unwrap_err();
}

#[test]
fn a_key_that_may_not_be_deleted_stays() {
    let trial = Trial::with([a_key("one", false)]);
    let session = trial.session();
    let key = trial.private_key(session);
    trial.keys.refuse(Some(ErrorKind::NotAuthorized));
    trial.module.destroy_object(session, key).unwrap_err();
    trial.keys.refuse(None);
    assert_eq!(trial.private_key(session), key);
}
