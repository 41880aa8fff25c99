//! Challenges, answered by an endorsement key in software.

use aes::cipher::{AsyncStreamCipher as _, KeyIvInit as _};
use p256::SecretKey;
use p256::ecdh::diffie_hellman;
use rand_core::OsRng;
use sshtpm_tpm2::StorageKey;
use sshtpm_tpm2::kdf::Hash;
use sshtpm_tpm2::marshal::Reader;

use super::{Answer, Challenge, ChallengeFile, MAX_ANSWER_SECONDS, NotEnrolled, Pending};
use crate::enrolment::Enrolment;
use crate::error::NotProved;
use crate::examples::{Example, NOW, endorsement, name};

fn challenge() -> (ChallengeFile, Pending) {
    let key = Example::new().attestation_area();
    Pending::challenge((&key, "alice"), endorsement(), NOW, &mut OsRng).unwrap()
}

/// What `TPM2_ActivateCredential` does with the endorsement key of the tests.
fn activated(challenge: &ChallengeFile, attestation_key: &[u8]) -> Option<Vec<u8>> {
    let own = SecretKey::from_slice(&[7; 32]).unwrap();
    let mut secret = Reader::new(&challenge.encrypted_secret.0);
    let mut point = Reader::new(secret.sized().ok()?);
    let (x, y) = (point.sized().ok()?, point.sized().ok()?);
    let other = p256::PublicKey::from_sec1_bytes(&[&[4], x, y].concat()).ok()?;
    let shared = diffie_hellman(own.to_nonzero_scalar(), other.as_affine());
    let area = endorsement().public.0;
    let own_x = &area[area.len() - 66..area.len() - 34];
    let hash = Hash::Sha256;
    let seed = hash.kdf_e(shared.raw_secret_bytes(), "IDENTITY", x, own_x);
    let name = name(attestation_key);
    let credential = Reader::new(&challenge.credential.0).sized().ok()?;
    let mac = Reader::new(credential).sized().ok()?;
    let mut content = credential[2 + mac.len()..].to_vec();
    let mac_key = hash.kdf_a(&seed, "INTEGRITY", &[], 32);
    if hash.hmac(&mac_key, &[&content, &name])[..] != *mac {
        return None;
    }
    let key = hash.kdf_a(&seed, "STORAGE", &name, 16);
    let cipher = cfb_mode::Decryptor::<aes::Aes128>::new_from_slices(&key, &[0; 16]);
    cipher.unwrap().decrypt(&mut content);
    Reader::new(&content).sized().ok().map(<[u8]>::to_vec)
}

#[test]
fn an_answer_enrols_the_attestation_key() {
    let (file, pending) = challenge();
    let pending = Pending::read(pending.to_text().as_bytes()).unwrap();
    let file = ChallengeFile::read(file.to_text().as_bytes()).unwrap();
    let secret = activated(&file, &Example::new().attestation_area()).unwrap();
    let answer = Answer::read(Answer::new(secret).to_text().as_bytes()).unwrap();
    let enrolment = pending.accept(&answer, NOW).unwrap();
    assert_eq!(enrolment, Example::new().enrolment());
    let text = enrolment.to_text();
    assert_eq!(Enrolment::read(text.as_bytes()), Ok(enrolment));
}

#[test]
fn another_attestation_key_does_not_open_the_challenge() {
    let mut other = Example::new();
    other.attestation_scalar = 3;
    let (file, _) = challenge();
    assert_eq!(activated(&file, &other.attestation_area()), None);
}

#[test]
fn the_answer_to_another_challenge_is_refused() {
    let (file, _) = challenge();
    let secret = activated(&file, &Example::new().attestation_area()).unwrap();
    for secret in [secret, Vec::new()] {
        let (_, pending) = challenge();
        let error = pending.accept(&Answer::new(secret), NOW).unwrap_err();
        assert_eq!(error, NotEnrolled::Answer);
    }
}

#[test]
fn a_late_answer_is_refused_and_one_from_before() {
    for now in [NOW + MAX_ANSWER_SECONDS + 1, NOW - 1] {
        let (file, pending) = challenge();
        let secret = activated(&file, &Example::new().attestation_area()).unwrap();
        let error = pending.accept(&Answer::new(secret), now).unwrap_err();
        assert_eq!(error, NotEnrolled::Old);
    }
}

#[test]
fn a_key_that_signs_anything_is_not_challenged() {
    let key = Example::new().key_area();
    let made = Pending::challenge((&key, "alice"), endorsement(), NOW, &mut OsRng);
    assert!(matches!(
        made.unwrap_err(),
        NotEnrolled::AttestationKey(NotProved::NotAnAttestationKey(_))
    ));
}

#[test]
fn what_the_verifier_keeps_does_not_tell_the_secret() {
    let (file, pending) = challenge();
    let secret = activated(&file, &Example::new().attestation_area()).unwrap();
    let secret = crate::Base64Bytes(secret);
    let secret = serde_json::to_string(&secret).unwrap();
    assert!(!pending.to_text().contains(&secret));
    assert!(!file.to_text().contains(&secret));
}

#[test]
fn a_challenge_does_not_show_its_secret_in_a_log() {
    let key = StorageKey::read(&endorsement().public.0).unwrap();
    let challenge = Challenge::make(&key, &[0; 34], &mut OsRng).unwrap();
    assert_eq!(format!("{challenge:?}"), "Challenge { .. }");
}
