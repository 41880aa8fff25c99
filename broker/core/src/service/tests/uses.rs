//! Tests of what is noted of signatures, and of its readers.

use std::pin::pin;
use std::time::Duration;

use super::people::{alice, bob, call_of, key, record, signature_of};
use super::*;
use crate::client::ClientName;
use crate::error::Error;
use crate::ports::{StoreError, TpmError, UseRecord as _};
use crate::requests::RequestError;
use crate::restrictions::NotPermitted;
use crate::signature::{RawSignature, Scheme};
use crate::signed_data::fixtures::{Login, login};
use crate::uses::{AskedFor, Noted, Outcome, Plain, Subject, Tally, Use};
use sshtpm_ssh::error_kind::ErrorKind;

fn fingerprint() -> Fingerprint {
    record(&alice()).fingerprint()
}

fn service_with_key() -> Service<Fakes> {
    let service = service();
    service.ports.store(record(&alice()));
    service
}

/// What ssh wants to have signed to log in.
fn data() -> Vec<u8> {
    login(&key().public)
}

fn by_ssh(data: &[u8]) -> Asked<'_> {
    Asked {
        client: ClientName::new("ssh".to_owned()),
        ..asking(data, 0)
    }
}

fn signed(result: Result<RawSignature, TpmError>) -> (Call, Answer) {
    let scheme = Scheme::Ecdsa(ssh_key::EcdsaCurve::NistP256);
    let call = Call::Sign(scheme.to_sign(&data()));
    (call, Answer::Signed(result))
}

fn may_sign() -> [(Call, Answer); 3] {
    [
        found(&alice(), fingerprint()),
        allowed(Action::UseOwnKey, &alice(), &alice()),
        found(&alice(), fingerprint()),
    ]
}

fn sign(service: &Service<Fakes>, caller: &Owner, data: &[u8]) -> Result<Vec<u8>, Error> {
    run(service.sign(call_of(caller), fingerprint(), by_ssh(data)))
}

fn outcomes(service: &Service<Fakes>) -> Vec<Outcome> {
    let noted = service.ports.noted();
    noted.iter().map(|used| used.outcome).collect()
}

#[test]
fn of_a_signature_it_is_noted_whose_what_for_and_how() {
    let service = service_with_key();
    service.ports.expect(may_sign());
    service.ports.expect([signed(Ok(signature_of(&data())))]);
    sign(&service, &alice(), &data()).expect("a signature");
    let used = Use {
        time: 0,
        owner: alice(),
        key: fingerprint(),
        asked: AskedFor {
            subject: Subject::Login(Plain::new("git")),
            client: ClientName::new("ssh".to_owned()),
            ..AskedFor::default()
        },
        outcome: Outcome::Signed,
        took: Duration::ZERO,
    };
    assert_eq!(service.ports.noted(), [used]);
}

#[test]
fn what_a_client_chose_is_noted_as_plain_text() {
    let service = service_with_key();
    service.ports.expect([found(&alice(), fingerprint())]);
    let mut hostile = Login::with(&key().public, "ecdsa-sha2-nistp256");
    hostile.user = "a\u{1b}[2J\nb".into();
    let refusal = sign(&service, &alice(), &hostile.data());
    assert_eq!(refusal, Err(NotPermitted::UserName.into()));
    let noted = service.ports.noted();
    let user = noted[0].asked.subject.user().map(Plain::as_str);
    assert_eq!(user, Some(r"a\u{1b}[2J\u{a}b"));
}

#[test]
fn refusals_are_noted() {
    for (why, outcome) in [
        (
            Refused::NotAuthorized,
            Outcome::NotSigned(ErrorKind::NotAuthorized),
        ),
        (
            Refused::InteractionRequired,
            Outcome::NotSigned(ErrorKind::InteractiveAuthorizationRequired),
        ),
        (
            Refused::TooManyPrompts,
            Outcome::NotSigned(ErrorKind::LimitsExceeded),
        ),
        (
            Refused::AuthorityUnavailable,
            Outcome::NotSigned(ErrorKind::AuthorizationUnavailable),
        ),
    ] {
        let service = service_with_key();
        service.ports.expect([
            found(&alice(), fingerprint()),
            refused(Action::UseOwnKey, &alice(), &alice(), why),
        ]);
        assert!(sign(&service, &alice(), &data()).is_err());
        assert_eq!(outcomes(&service), [outcome]);
    }
}

#[test]
fn data_that_is_none_is_noted_as_such() {
    let service = service_with_key();
    service.ports.expect([found(&alice(), fingerprint())]);
    assert!(sign(&service, &alice(), b"data").is_err());
    assert_eq!(
        outcomes(&service),
        [Outcome::NotSigned(ErrorKind::UnknownData)]
    );
    assert_eq!(service.ports.noted()[0].asked.subject, Subject::Unknown);
}

#[test]
fn failures_of_the_tpm_are_noted() {
    for (failure, outcome) in [
        (TpmError::KeyLost, Outcome::NotSigned(ErrorKind::KeyLost)),
        (
            TpmError::Unavailable("absent".to_owned()),
            Outcome::NotSigned(ErrorKind::TpmUnavailable),
        ),
        (TpmError::Failed, Outcome::NotSigned(ErrorKind::TpmFailed)),
    ] {
        let service = service_with_key();
        service.ports.expect(may_sign());
        service.ports.expect([signed(Err(failure))]);
        assert!(sign(&service, &alice(), &data()).is_err());
        assert_eq!(outcomes(&service), [outcome]);
    }
}

#[test]
fn a_caller_that_leaves_is_noted_with_the_time_it_took() {
    let service = service_with_key();
    service.ports.expect([
        found(&alice(), fingerprint()),
        asked(Action::UseOwnKey, &alice(), &alice(), Answer::Waits),
    ]);
    let data = data();
    {
        let mut signature = pin!(service.sign(call_of(&alice()), fingerprint(), by_ssh(&data)));
        start(signature.as_mut());
        service.ports.pass(Duration::from_secs(7));
        assert_eq!(outcomes(&service), [], "it is not decided yet");
    }
    assert_eq!(outcomes(&service), [Outcome::Left]);
    assert_eq!(service.ports.noted()[0].took, Duration::from_secs(7));
}

#[test]
fn a_request_for_a_foreign_key_is_not_noted() {
    let service = service_with_key();
    service.ports.expect([found(&bob(), fingerprint())]);
    let missing = sign(&service, &bob(), &data());
    assert_eq!(missing, Err(RequestError::NoSuchKey.into()));
    assert_eq!(service.ports.noted(), []);
}

fn noted() -> Noted {
    Noted {
        used: Use {
            time: 7,
            owner: alice(),
            key: fingerprint(),
            asked: AskedFor::default(),
            outcome: Outcome::Signed,
            took: Duration::ZERO,
        },
        more: 0,
    }
}

fn last_uses(answer: Result<Vec<Noted>, StoreError>) -> (Call, Answer) {
    let call = Call::LastUses(alice(), Some(fingerprint()));
    (call, Answer::Used(answer))
}

#[test]
fn an_owner_allowed_to_list_keys_sees_their_uses() {
    let service = service();
    let may = allowed(Action::ListOwnKeys, &alice(), &alice());
    let answer = last_uses(Ok(vec![noted()]));
    service.ports.expect([may, answer]);
    let uses = run(service.uses(call_of(&alice()), Some(fingerprint())));
    assert_eq!(uses, Ok(vec![noted()]));
}

#[test]
fn a_caller_that_may_not_list_keys_sees_no_uses() {
    for why in REFUSALS {
        let service = service();
        let may_not = refused(Action::ListOwnKeys, &alice(), &alice(), why);
        service.ports.expect([may_not]);
        let uses = run(service.uses(call_of(&alice()), None));
        assert_eq!(uses, Err(why.into()));
    }
}

#[test]
fn a_record_that_cannot_be_read_is_an_error() {
    let service = service();
    let may = allowed(Action::ListOwnKeys, &alice(), &alice());
    let answer = last_uses(Err(StoreError::RecordUnreadable));
    service.ports.expect([may, answer]);
    let uses = run(service.uses(call_of(&alice()), Some(fingerprint())));
    assert_eq!(uses, Err(StoreError::RecordUnreadable.into()));
}

#[test]
fn a_deleted_key_no_longer_has_a_tally() {
    let tally = Tally::default().after(7);
    for deleted in [Ok(()), Err(StoreError::NotWritable)] {
        let service = service_with_key();
        service.ports.set_tally(&alice(), fingerprint(), tally);
        service.ports.expect([
            found(&alice(), fingerprint()),
            allowed(Action::DeleteOwnKey, &alice(), &alice()),
            (
                Call::Delete(alice(), fingerprint()),
                Answer::Changed(deleted),
            ),
        ]);
        assert_eq!(
            delete(&service, &alice(), None, fingerprint()),
            deleted.map_err(Error::from)
        );
        let left = service.ports.tally(&alice(), fingerprint());
        assert_eq!(left == tally, deleted.is_err(), "{deleted:?}");
    }
}
