//! Tests of keys whose owner wants to be asked at each use.

use std::time::Duration;

use super::people::{alice, call_of, kept_to, record, signature_of, usual};
use super::*;
use crate::error::Error;
use crate::identity::Caller;
use crate::key::{KeyBlob, KeyRecord};
use crate::ports::StoreError;
use crate::requests::RequestError;
use crate::restrictions::{Confirmation, Restrictions};
use crate::signature::Scheme;
use crate::signed_data::fixtures::{Cert, ed25519, sshsig, string};
use sshtpm_ssh::purpose::{Purpose, Purposes};
use sshtpm_ssh::session::Binding;

fn confirmed() -> KeyRecord {
    let restrictions = Restrictions {
        confirmation: Confirmation::EachUse,
        ..usual(&alice())
    };
    kept_to(&alice(), restrictions)
}

fn with_other_pin() -> KeyRecord {
    let mut changed = record(&alice());
    changed.key.blob = KeyBlob {
        private: [0, 1, 9].into(),
        ..changed.key.blob
    };
    changed
}

fn service_with(key: KeyRecord) -> Service<Fakes> {
    let service = service();
    service.ports.store(key);
    service
}

fn sign(service: &Service<Fakes>) -> Result<Vec<u8>, Error> {
    let data = sshsig("file");
    run(service.sign(call_of(&alice()), fingerprint(), asking(&data, 0)))
}

fn fingerprint() -> Fingerprint {
    record(&alice()).fingerprint()
}

#[test]
fn an_allowed_and_confirmed_use_gets_a_signature() {
    let service = service_with(confirmed());
    let scheme = Scheme::Ecdsa(ssh_key::EcdsaCurve::NistP256);
    let data = sshsig("file");
    service.ports.expect([
        found(&alice(), fingerprint()),
        allowed(Action::UseOwnKey, &alice(), &alice()),
        allowed(Action::ConfirmUse, &alice(), &alice()),
        found(&alice(), fingerprint()),
        (
            Call::Sign(scheme.to_sign(&data)),
            Answer::Signed(Ok(signature_of(&data))),
        ),
    ]);
    sign(&service).expect("a signature");
}

#[test]
fn without_a_yes_the_tpm_is_not_reached() {
    for why in REFUSALS {
        let service = service_with(confirmed());
        service.ports.expect([
            found(&alice(), fingerprint()),
            allowed(Action::UseOwnKey, &alice(), &alice()),
            refused(Action::ConfirmUse, &alice(), &alice(), why),
        ]);
        assert_eq!(sign(&service), Err(why.into()));
    }
}

#[test]
fn a_forbidden_use_is_refused_without_a_prompt() {
    let service = service_with(confirmed());
    let why = Refused::NotAuthorized;
    service.ports.expect([
        found(&alice(), fingerprint()),
        refused(Action::UseOwnKey, &alice(), &alice(), why),
    ]);
    assert_eq!(sign(&service), Err(why.into()));
}

#[test]
fn a_key_that_changed_during_the_prompt_is_not_used() {
    for changed in [confirmed(), with_other_pin()] {
        let service = service_with(record(&alice()));
        let replaced = Answer::DecidedAndReplaced(Decision::Allowed, Box::new(changed));
        service.ports.expect([
            found(&alice(), fingerprint()),
            asked(Action::UseOwnKey, &alice(), &alice(), replaced),
            found(&alice(), fingerprint()),
        ]);
        assert_eq!(sign(&service), Err(StoreError::ChangedByAnother.into()));
    }
}

fn asked_person(answer: Decision) -> (Call, Answer) {
    let call = Call::AskPerson {
        action: Action::ConfirmUse,
        caller: alice(),
    };
    (call, Answer::Decided(answer))
}

fn asked_to_confirm() -> [(Call, Answer); 3] {
    [
        found(&alice(), fingerprint()),
        allowed(Action::UseOwnKey, &alice(), &alice()),
        refused(
            Action::ConfirmUse,
            &alice(),
            &alice(),
            Refused::InteractionRequired,
        ),
    ]
}

fn declined(service: &Service<Fakes>, bindings: Vec<Binding>) -> Result<Vec<u8>, Error> {
    service.ports.expect(asked_to_confirm());
    let no = Decision::Refused(Refused::Declined);
    service.ports.expect([asked_person(no)]);
    sign_for(service, bindings)
}

fn sign_for(service: &Service<Fakes>, bindings: Vec<Binding>) -> Result<Vec<u8>, Error> {
    let data = sshsig("file");
    let asked = Asked {
        sessions: Sessions::new(bindings).expect("not too many"),
        ..asking(&data, 0)
    };
    run(service.sign(call_of(&alice()), fingerprint(), asked))
}

/// A session that forwards the agent to a host with this key.
fn forwarded(host_key: &[u8]) -> Vec<Binding> {
    vec![Binding {
        host_key: host_key.to_vec(),
        session_id: vec![1],
        signature: vec![1],
        is_forwarding: true,
    }]
}

#[test]
fn a_refused_machine_does_not_have_the_person_asked_again_at_once() {
    let service = service_with(confirmed());
    let refused = declined(&service, forwarded(b"one"));
    assert_eq!(refused, Err(Refused::Declined.into()));
    service.ports.expect(asked_to_confirm());
    let again = sign_for(&service, forwarded(b"one"));
    assert_eq!(again, Err(Refused::Resting(10).into()));
    service.ports.pass(Duration::from_secs(10));
    let later = declined(&service, forwarded(b"one"));
    assert_eq!(later, Err(Refused::Declined.into()));
}

#[test]
fn a_refused_machine_keeps_nobody_else_from_asking() {
    let service = service_with(confirmed());
    let refused = Err(Refused::Declined.into());
    assert_eq!(declined(&service, forwarded(b"one")), refused);
    assert_eq!(declined(&service, forwarded(b"two")), refused);
    assert_eq!(declined(&service, Vec::new()), refused);
}

#[test]
fn a_caller_that_allows_no_prompt_is_not_told_to_wait() {
    let service = service_with(confirmed());
    let refused = declined(&service, forwarded(b"one"));
    assert_eq!(refused, Err(Refused::Declined.into()));
    service.ports.expect(asked_to_confirm());
    let data = sshsig("file");
    let caller = Caller {
        interactive: false,
        ..call_of(&alice())
    };
    let asked = Asked {
        sessions: Sessions::new(forwarded(b"one")).expect("one"),
        ..asking(&data, 0)
    };
    let answer = run(service.sign(caller, fingerprint(), asked));
    assert_eq!(answer, Err(Refused::InteractionRequired.into()));
}

#[test]
fn a_certificate_that_a_question_cannot_show_is_refused_unasked() {
    let issues = |confirmation| Restrictions {
        purposes: Purposes::of([Purpose::Ca]).expect("a purpose"),
        confirmation,
        ..usual(&alice())
    };
    let many = Cert {
        principals: string("name").repeat(9),
        ..Cert::of(&ed25519(), &record(&alice()).key.public)
    };
    let service = service_with(kept_to(&alice(), issues(Confirmation::EachUse)));
    service.ports.expect([found(&alice(), fingerprint())]);
    let data = many.data();
    let refused = run(service.sign(call_of(&alice()), fingerprint(), asking(&data, 0)));
    assert_eq!(refused, Err(RequestError::TooMuchToConfirm.into()));
    let service = service_with(kept_to(&alice(), issues(Confirmation::NotNeeded)));
    let why = Refused::NotAuthorized;
    service.ports.expect([
        found(&alice(), fingerprint()),
        super::refused(Action::UseOwnKey, &alice(), &alice(), why),
    ]);
    let asked = run(service.sign(call_of(&alice()), fingerprint(), asking(&data, 0)));
    assert_eq!(asked, Err(why.into()));
}
