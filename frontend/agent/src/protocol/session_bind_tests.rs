//! Real bindings, made with real keys.

use super::{Binding, Bindings, MAX_FAILURES, MAX_KEPT_BYTES, MAX_SESSIONS, NotABinding, Refusal};
use crate::origin::Origin;
use crate::protocol::fake_bindings::{bind_to, content, signature};
use crate::protocol::fake_keys::{self, block_on, private_key};
use crate::protocol::verifier::Unproven;
use ssh_key::private::EcdsaKeypair;
use ssh_key::rand_core::OsRng;
use ssh_key::{EcdsaCurve, PrivateKey};
use sshtpm_ssh::wire::Malformed;

fn attempt(bindings: &mut Bindings, content: &[u8]) -> Result<(), Refusal> {
    block_on(bindings.bind(content))
}

fn bind_all(contents: &[Vec<u8>]) -> Result<Bindings, Refusal> {
    let mut bindings = Bindings::default();
    for content in contents {
        attempt(&mut bindings, content)?;
    }
    Ok(bindings)
}

fn refused(contents: &[Vec<u8>]) -> Refusal {
    bind_all(contents).expect_err("nothing was refused")
}

#[test]
fn a_connection_is_bound_hop_by_hop() {
    let hops = [
        bind_to(&private_key(1), b"first", 1),
        bind_to(&private_key(2), b"second", 255),
        bind_to(&private_key(3), b"last", 0),
    ];
    let bindings = bind_all(&hops).unwrap();
    let sessions = bindings.sessions.iter();
    let seen: Vec<_> = sessions
        .map(|s| (s.session_id.as_slice(), s.is_forwarding))
        .collect();
    let expected = [
        (b"first".as_slice(), true),
        (b"second", true),
        (b"last", false),
    ];
    assert_eq!(seen, expected);
    assert_eq!(
        bindings.sessions[0].host_key,
        private_key(1).public_key().to_bytes().unwrap()
    );
}

#[test]
fn every_ecdsa_host_key_is_verified() {
    for curve in [
        EcdsaCurve::NistP256,
        EcdsaCurve::NistP384,
        EcdsaCurve::NistP521,
    ] {
        let key = PrivateKey::from(EcdsaKeypair::random(&mut OsRng, curve).unwrap());
        assert!(bind_all(&[bind_to(&key, b"id", 0)]).is_ok(), "{curve}");
    }
}

// Content of the extension with an RSA-2048 host key from ssh-keygen, the session identifier
// `session identifier`, and a signature over it from `openssl dgst -sign`.
const RSA_SHA2_256: &[u8] = include_bytes!("testdata/session-bind-rsa-sha2-256.bin");
const RSA_SHA2_512: &[u8] = include_bytes!("testdata/session-bind-rsa-sha2-512.bin");
const RSA_SHA1: &[u8] = include_bytes!("testdata/session-bind-ssh-rsa.bin");

#[test]
fn an_rsa_host_key_is_verified_with_either_sha_2() {
    assert!(bind_all(&[RSA_SHA2_256.to_vec()]).is_ok());
    assert!(bind_all(&[RSA_SHA2_512.to_vec()]).is_ok());
}

#[test]
fn a_sha_1_signature_binds_nothing() {
    assert!(bind_all(&[RSA_SHA1.to_vec()]).is_err());
}

#[test]
fn a_host_certificate_is_verified_with_its_plain_key() {
    let signed = signature(&private_key(1), b"id");
    let bind = content(&fake_keys::host_certificate_blob(), b"id", &signed, 0);
    assert!(bind_all(&[bind]).is_ok());
}

#[test]
fn a_certificate_for_users_does_not_bind_a_host() {
    let signed = signature(&private_key(1), b"id");
    let bind = content(&fake_keys::certificate_blob(), b"id", &signed, 0);
    assert_eq!(refused(&[bind]), Unproven::Malformed(Malformed).into());
}

#[test]
fn a_signature_of_another_key_or_over_another_session_is_refused() {
    let host_key = private_key(1).public_key().to_bytes().unwrap();
    let others = signature(&private_key(2), b"id");
    let another = signature(&private_key(1), b"other id");
    for signature in [others, another] {
        let bind = content(&host_key, b"id", &signature, 0);
        assert_eq!(refused(&[bind]), Unproven::BadSignature.into());
    }
}

#[test]
fn the_same_binding_once_more_changes_nothing() {
    let bind = bind_to(&private_key(1), b"id", 1);
    let bindings = bind_all(&[bind.clone(), bind]).unwrap();
    assert_eq!(bindings.sessions.len(), 1);
}

#[test]
fn a_session_of_another_host_key_is_refused() {
    let binds = [
        bind_to(&private_key(1), b"id", 1),
        bind_to(&private_key(2), b"id", 1),
    ];
    assert_eq!(refused(&binds), Refusal::OtherHostKey);
}

#[test]
fn nothing_is_bound_after_a_session_that_ends_here() {
    let binds = [
        bind_to(&private_key(1), b"id", 0),
        bind_to(&private_key(2), b"other id", 1),
    ];
    assert_eq!(refused(&binds), Refusal::NotForwarding);
}

#[test]
fn a_host_may_be_passed_twice() {
    let binds = [
        bind_to(&private_key(1), b"id", 1),
        bind_to(&private_key(1), b"other id", 1),
    ];
    assert_eq!(bind_all(&binds).unwrap().sessions.len(), 2);
}

#[test]
fn one_session_too_many_is_refused_and_the_others_stay() {
    let mut bindings = Bindings::default();
    let mut bind = |number: usize| {
        let id = number.to_be_bytes();
        attempt(&mut bindings, &bind_to(&private_key(1), &id, 1))
    };
    for number in 0..MAX_SESSIONS {
        assert_eq!(bind(number), Ok(()));
    }
    assert_eq!(bind(MAX_SESSIONS), Err(Refusal::TooMany));
    assert_eq!(bindings.sessions.len(), MAX_SESSIONS);
}

#[test]
fn a_session_identifier_has_at_most_128_bytes() {
    assert!(bind_all(&[bind_to(&private_key(1), &[0; 128], 0)]).is_ok());
    let bind = bind_to(&private_key(1), &[0; 129], 0);
    assert_eq!(refused(&[bind]), NotABinding::SessionId.into());
}

#[test]
fn a_host_key_that_is_too_long_to_keep_is_refused() {
    let signed = signature(&private_key(1), b"id");
    let bind = content(&vec![0; 16 * 1024 + 1], b"id", &signed, 0);
    assert_eq!(refused(&[bind]), NotABinding::HostKey.into());
    let bind = content(b"key", b"id", &vec![0; 4 * 1024 + 1], 0);
    assert_eq!(refused(&[bind]), NotABinding::Signature.into());
}

#[test]
fn bytes_left_over_anywhere_are_refused() {
    let host_key = private_key(1).public_key().to_bytes().unwrap();
    let signed = signature(&private_key(1), b"id");
    let longer = |bytes: &[u8]| [bytes, &[0]].concat();
    let binds = [
        content(&longer(&host_key), b"id", &signed, 0),
        content(&host_key, b"id", &longer(&signed), 0),
    ];
    for bind in binds {
        assert_eq!(refused(&[bind]), Unproven::Malformed(Malformed).into());
    }
    let bind = longer(&content(&host_key, b"id", &signed, 0));
    assert_eq!(refused(&[bind]), NotABinding::Malformed(Malformed).into());
}

#[test]
fn a_binding_cut_off_anywhere_is_refused() {
    let bind = bind_to(&private_key(1), b"id", 1);
    for end in 0..bind.len() {
        let refusal = refused(&[bind[..end].to_vec()]);
        assert_eq!(refusal, NotABinding::Malformed(Malformed).into());
    }
}

#[test]
fn a_known_session_is_found_before_a_signature_is_verified() {
    let first = bind_to(&private_key(1), b"id", 1);
    let forged = |key: u8| {
        let host_key = private_key(key).public_key().to_bytes().unwrap();
        content(&host_key, b"id", &signature(&private_key(9), b"x"), 1)
    };
    assert!(bind_all(&[first.clone(), forged(1)]).is_ok());
    assert_eq!(refused(&[first, forged(2)]), Refusal::OtherHostKey);
}

#[test]
fn what_was_not_bound_to_anything_is_local() {
    assert_eq!(Bindings::default().origin(), Origin::Local);
    let bindings = bind_all(&[bind_to(&private_key(1), b"id", 0)]).unwrap();
    assert_eq!(bindings.origin(), Origin::Local);
}

#[test]
fn what_is_forwarded_stays_so_although_its_last_session_ends_at_its_host() {
    let mut binds = vec![bind_to(&private_key(1), b"first", 1)];
    assert_eq!(bind_all(&binds).unwrap().origin(), Origin::Forwarded);
    binds.push(bind_to(&private_key(2), b"last", 0));
    assert_eq!(bind_all(&binds).unwrap().origin(), Origin::Forwarded);
}

#[test]
fn what_was_to_be_bound_and_is_not_does_not_count_as_local() {
    for malformed in [&[][..], &[0; 13], b"nonsense"] {
        let mut bindings = Bindings::default();
        assert!(attempt(&mut bindings, malformed).is_err());
        assert_eq!(bindings.origin(), Origin::Forwarded);
        assert_eq!(*bindings.sessions(), [unverifiable()]);
    }
}

/// What stands for a session that could not be bound.
fn unverifiable() -> Binding {
    Binding {
        host_key: Vec::new(),
        session_id: Vec::new(),
        signature: Vec::new(),
        is_forwarding: true,
    }
}

#[test]
fn the_broker_is_told_what_was_bound_with_the_proof_of_it() {
    let bindings = bind_all(&[bind_to(&private_key(1), b"id", 1)]).unwrap();
    let expected = Binding {
        host_key: private_key(1).public_key().to_bytes().unwrap(),
        session_id: b"id".to_vec(),
        signature: signature(&private_key(1), b"id"),
        is_forwarding: true,
    };
    assert_eq!(*bindings.sessions(), [expected]);
    assert_eq!(*Bindings::default().sessions(), []);
}

#[test]
fn nothing_is_bound_after_what_could_not_be_bound() {
    let first = bind_to(&private_key(1), b"first", 1);
    let forged = content(&[], b"second", &[], 1);
    let last = bind_to(&private_key(3), b"last", 0);
    for before in [&[][..], std::slice::from_ref(&first)] {
        let mut bindings = bind_all(before).unwrap();
        assert!(attempt(&mut bindings, &forged).is_err());
        assert_eq!(attempt(&mut bindings, &last), Err(Refusal::Broken));
        let told = bindings.sessions();
        assert_eq!(told.len(), before.len() + 1);
        assert_eq!(told.last(), Some(&unverifiable()));
    }
}

#[test]
fn more_sessions_than_are_kept_are_told_as_one_that_is_missing() {
    let binds: Vec<_> = (0..MAX_SESSIONS)
        .map(|number| bind_to(&private_key(1), &number.to_be_bytes(), 1))
        .collect();
    let mut bindings = bind_all(&binds).unwrap();
    assert!(attempt(&mut bindings, &bind_to(&private_key(1), b"id", 0)).is_err());
    let told = bindings.sessions();
    assert_eq!(told.len(), MAX_SESSIONS);
    assert_eq!(told.last(), Some(&unverifiable()));
}

#[test]
fn a_connection_keeps_32_kib_of_sessions() {
    let key = private_key(1);
    let certificate = |id: u8| {
        let blob = fake_keys::long_certificate_blob(MAX_KEPT_BYTES / 4);
        content(&blob, &[id], &signature(&key, &[id]), 1)
    };
    let binds: Vec<_> = (1..=4).map(certificate).collect();
    assert!(bind_all(&binds[..3]).is_ok());
    assert_eq!(refused(&binds), Refusal::TooMuch);
}

#[test]
fn a_binding_that_fails_later_takes_nothing_back() {
    let mut bindings = bind_all(&[bind_to(&private_key(1), b"id", 0)]).unwrap();
    assert!(attempt(&mut bindings, b"nonsense").is_err());
    assert_eq!(bindings.origin(), Origin::Local);
    assert_eq!(bindings.sessions().len(), 1);
}

#[test]
fn failures_are_counted_and_successes_are_not() {
    let mut bindings = Bindings::default();
    let bind = bind_to(&private_key(1), b"id", 1);
    for _ in 0..2 * MAX_FAILURES {
        assert_eq!(attempt(&mut bindings, &bind), Ok(()));
    }
    for _ in 0..MAX_FAILURES {
        assert!(!bindings.failed_too_often());
        assert!(attempt(&mut bindings, b"nonsense").is_err());
    }
    assert!(bindings.failed_too_often());
}
