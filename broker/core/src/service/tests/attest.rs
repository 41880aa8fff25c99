//! Tests of attesting keys.

use super::people::{alice, bob, call_of, root};
use super::unlock::{PLENTY, pin};
use super::*;
use crate::attestation::fixtures::{Attester, attestable};
use crate::attestation::{Attestation, AttestationKey, Stated, claims};
use crate::key::{Holding, KeyRecord, Protection, TpmKey};
use crate::pins::{self, Attempt, PinError};
use crate::ports::{StoreError, TpmError};
use crate::requests::RequestError;
use crate::restrictions::{Confirmation, NotPermitted, Restrictions, Screen};
use crate::seat::NotTold;
use crate::uses::{Outcome, Subject};
use sshtpm_ssh::claims::Nonce;
use sshtpm_ssh::error_kind::ErrorKind;

fn nonce() -> Nonce {
    Nonce::new([3; 16]).expect("a nonce")
}

fn fingerprint() -> Fingerprint {
    attestable(&alice()).fingerprint()
}

fn service_with(record: KeyRecord) -> Service<Fakes> {
    let service = service();
    service.ports.store(record);
    service
}

/// A service with a key of alice's, and her attestation key.
fn ready_service(record: KeyRecord) -> Service<Fakes> {
    let service = service_with(record);
    let key = Attester::new(1).key();
    service.ports.store_attestation_key(&alice(), key);
    service
}

fn attest(service: &Service<Fakes>) -> Result<Attestation, Error> {
    run(service.attest(call_of(&alice()), fingerprint(), nonce()))
}

fn stated(record: &KeyRecord, by: u8) -> Stated {
    let claims = claims(record, nonce()).expect("claims");
    let hash = sshtpm_ssh::claims::qualifying_data(&claims);
    Attester::new(by).state(record, &hash)
}

/// Up to the TPM.
fn permitted() -> [(Call, Answer); 3] {
    [
        found(&alice(), fingerprint()),
        allowed(Action::AttestOwnKey, &alice(), &alice()),
        found(&alice(), fingerprint()),
    ]
}

fn at_tpm(by: AttestationKey, answer: Result<Option<Stated>, TpmError>) -> (Call, Answer) {
    (
        Call::Attest(fingerprint(), by, None),
        Answer::Attested(answer),
    )
}

fn made(by: u8) -> [(Call, Answer); 2] {
    let key = Attester::new(by).key();
    [
        (Call::MakeAttestationKey(alice()), Answer::Attester(Ok(key))),
        (Call::KeepAttestationKey(alice()), Answer::Changed(Ok(()))),
    ]
}

fn restricted(restrictions: Restrictions) -> KeyRecord {
    KeyRecord {
        restrictions: restrictions.into(),
        ..attestable(&alice())
    }
}

fn usual() -> Restrictions {
    Restrictions::before_they_were_named(&alice())
}

#[test]
fn the_first_attestation_makes_the_attestation_key() {
    let record = attestable(&alice());
    let service = service_with(record.clone());
    service.ports.expect(permitted());
    service.ports.expect(made(1));
    let answer = Ok(Some(stated(&record, 1)));
    service
        .ports
        .expect([at_tpm(Attester::new(1).key(), answer)]);
    let attested = attest(&service).expect("an attestation");
    assert_eq!(
        attested.attestation_key,
        Attester::new(1).key().public_area()
    );
}

#[test]
fn later_attestations_are_by_the_same_attestation_key() {
    let record = attestable(&alice());
    let service = ready_service(record.clone());
    service.ports.expect(permitted());
    let answer = Ok(Some(stated(&record, 1)));
    service
        .ports
        .expect([at_tpm(Attester::new(1).key(), answer)]);
    attest(&service).expect("an attestation");
}

#[test]
fn an_attestation_key_that_is_lost_is_made_anew() {
    let record = attestable(&alice());
    let service = ready_service(record.clone());
    service.ports.expect(permitted());
    service
        .ports
        .expect([at_tpm(Attester::new(1).key(), Ok(None))]);
    service.ports.expect(made(2));
    let answer = Ok(Some(stated(&record, 2)));
    service
        .ports
        .expect([at_tpm(Attester::new(2).key(), answer)]);
    attest(&service).expect("an attestation");
    let kept = service.ports.stored_attestation_key(&alice());
    assert_eq!(kept, Some(Attester::new(2).key()));
}

#[test]
fn a_chip_that_lies_gets_nothing_released() {
    let record = attestable(&alice());
    let service = ready_service(record.clone());
    service.ports.expect(permitted());
    let answer = Ok(Some(stated(&record, 2)));
    service
        .ports
        .expect([at_tpm(Attester::new(1).key(), answer)]);
    assert_eq!(attest(&service), Err(TpmError::BadSignature.into()));
}

#[test]
fn a_key_of_another_user_answers_like_a_missing_one() {
    let service = ready_service(attestable(&bob()));
    service.ports.expect([found(&alice(), fingerprint())]);
    assert_eq!(attest(&service), Err(RequestError::NoSuchKey.into()));
    assert!(service.ports.noted().is_empty());
}

#[test]
fn root_attests_no_key_of_another_user() {
    let service = ready_service(attestable(&alice()));
    service.ports.expect([found(&root(), fingerprint())]);
    let attested = run(service.attest(call_of(&root()), fingerprint(), nonce()));
    assert_eq!(attested, Err(RequestError::NoSuchKey.into()));
}

#[test]
fn what_polkit_refuses_does_not_reach_the_tpm() {
    for why in REFUSALS {
        let service = ready_service(attestable(&alice()));
        service.ports.expect([
            found(&alice(), fingerprint()),
            refused(Action::AttestOwnKey, &alice(), &alice(), why),
        ]);
        assert_eq!(attest(&service), Err(why.into()));
    }
}

#[test]
fn a_sealed_key_is_refused_before_anybody_is_asked() {
    let record = attestable(&alice());
    let key = TpmKey {
        holding: Holding::Sealed,
        ..record.key.clone()
    };
    let service = ready_service(KeyRecord { key, ..record });
    service.ports.expect([found(&alice(), fingerprint())]);
    assert_eq!(
        attest(&service),
        Err(RequestError::SealedNotAttested.into())
    );
}

#[test]
fn a_key_whose_use_is_confirmed_takes_a_person() {
    let record = restricted(Restrictions {
        confirmation: Confirmation::EachUse,
        ..usual()
    });
    let service = ready_service(record);
    let no = Refused::NotAuthorized;
    service.ports.expect([
        found(&alice(), fingerprint()),
        allowed(Action::AttestOwnKey, &alice(), &alice()),
        refused(Action::ConfirmUse, &alice(), &alice(), no),
    ]);
    assert_eq!(attest(&service), Err(no.into()));
}

#[test]
fn a_key_that_needs_an_unlocked_screen_needs_it_here_too() {
    let record = restricted(Restrictions {
        screen: Screen::Unlocked,
        ..usual()
    });
    let service = ready_service(record);
    let answer = Answer::Seated(Err(NotTold));
    service.ports.expect([
        found(&alice(), fingerprint()),
        (Call::Logins(alice().uid()), answer),
    ]);
    let refused = attest(&service).expect_err("nobody can say");
    assert!(
        matches!(refused, Error::NotPermitted(NotPermitted::Screen(_))),
        "{refused:?}"
    );
}

#[test]
fn a_key_that_changes_while_a_person_is_asked_is_not_attested() {
    let before = attestable(&alice());
    let after = restricted(Restrictions {
        confirmation: Confirmation::EachUse,
        ..usual()
    });
    let service = ready_service(before);
    let answer = Answer::DecidedAndReplaced(Decision::Allowed, Box::new(after));
    service.ports.expect([
        found(&alice(), fingerprint()),
        asked(Action::AttestOwnKey, &alice(), &alice(), answer),
        found(&alice(), fingerprint()),
    ]);
    assert_eq!(attest(&service), Err(StoreError::ChangedByAnother.into()));
}

fn with_pin() -> KeyRecord {
    let record = attestable(&alice());
    let key = TpmKey {
        protection: Protection::Pin,
        ..record.key.clone()
    };
    KeyRecord { key, ..record }
}

#[test]
fn without_the_pin_nothing_reaches_the_tpm() {
    let service = ready_service(with_pin());
    service.ports.expect([found(&alice(), fingerprint())]);
    assert_eq!(attest(&service), Err(PinError::Required.into()));
}

/// A service with a key of which the PIN 1234 is remembered.
fn unlocked() -> Service<Fakes> {
    let service = ready_service(with_pin());
    let right = Attempt {
        lockout: PLENTY,
        outcome: pins::Outcome::Right(()),
    };
    let call = Call::CheckPin(fingerprint(), b"1234".to_vec());
    service.ports.expect([
        found(&alice(), fingerprint()),
        allowed(Action::UseOwnKey, &alice(), &alice()),
        found(&alice(), fingerprint()),
        (call, Answer::Tried(Ok(right))),
    ]);
    let unlocked = service.unlock(call_of(&alice()), fingerprint(), pin("1234"), None);
    run(unlocked).expect("the right PIN");
    service
}

fn at_tpm_with_pin(answer: Result<Option<Stated>, TpmError>) -> (Call, Answer) {
    let by = Attester::new(1).key();
    let call = Call::Attest(fingerprint(), by, Some(b"1234".to_vec()));
    (call, Answer::Attested(answer))
}

#[test]
fn the_pin_that_is_remembered_goes_to_the_tpm() {
    let service = unlocked();
    service.ports.expect(permitted());
    let answer = Ok(Some(stated(&with_pin(), 1)));
    service.ports.expect([at_tpm_with_pin(answer)]);
    attest(&service).expect("an attestation");
}

#[test]
fn a_pin_that_is_wrong_by_now_is_forgotten_and_counted() {
    let service = unlocked();
    service.ports.expect(permitted());
    service
        .ports
        .expect([at_tpm_with_pin(Err(TpmError::WrongPin))]);
    assert_eq!(attest(&service), Err(PinError::Required.into()));
    assert!(!service.is_unlocked(&with_pin()));
}

#[test]
fn an_attestation_is_in_the_record_of_use() {
    let service = ready_service(attestable(&alice()));
    service.ports.expect(permitted());
    let answer = Err(TpmError::Failed);
    service
        .ports
        .expect([at_tpm(Attester::new(1).key(), answer)]);
    attest(&service).expect_err("the TPM failed");
    let noted = service.ports.noted();
    let subjects: Vec<_> = noted.iter().map(|used| &used.asked.subject).collect();
    assert_eq!(subjects, [&Subject::Attestation]);
    assert_eq!(noted[0].outcome, Outcome::NotSigned(ErrorKind::TpmFailed));
}

#[test]
fn an_attestation_key_that_cannot_be_kept_is_not_used() {
    let service = service_with(attestable(&alice()));
    service.ports.expect(permitted());
    let [made, _] = made(1);
    let full = Answer::Changed(Err(StoreError::Full));
    service
        .ports
        .expect([made, (Call::KeepAttestationKey(alice()), full)]);
    assert_eq!(attest(&service), Err(StoreError::Full.into()));
}
