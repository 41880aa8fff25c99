//! Tests of keys whose owner wants to be asked at each use.

use super::people::{alice, call_of, kept_to, record, signature_of, usual};
use super::*;
use crate::error::Error;
use crate::key::{KeyBlob, KeyRecord};
use crate::ports::StoreError;
use crate::restrictions::{Confirmation, Restrictions};
use crate::signature::Scheme;
use crate::signed_data::fixtures::sshsig;

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
            Call::Sign(scheme.digest(&data)),
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
