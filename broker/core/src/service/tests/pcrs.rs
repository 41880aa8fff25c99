//! Keys that are bound to PCRs: when they are offered, and what is said of them.

use super::people::{alice, call_of, ready, record};
use super::*;
use crate::key::{KeyRecord, TpmKey};
use crate::ports::TpmError;
use crate::service::ListedKey;
use sshtpm_ssh::error_kind::ErrorKind;
use sshtpm_ssh::pcr::{AuthValue, PcrPolicy, PcrSelection, PcrValues};
use sshtpm_ssh::tpm::{KeyState, TpmState};
use std::sync::Arc;

fn seven() -> PcrSelection {
    "7".parse().expect("a selection")
}

fn values(of_pcr_7: u8) -> PcrValues {
    PcrValues::new(seven(), &[[of_pcr_7; 32]]).expect("values")
}

/// Alice's key, which is bound to a PCR 7 with ones.
fn bound() -> KeyRecord {
    let policy = PcrPolicy::new(values(1), AuthValue::NotNeeded);
    let record = record(&alice());
    KeyRecord {
        key: TpmKey {
            pcrs: Some(Arc::new(policy)),
            ..record.key
        },
        ..record
    }
}

fn service_with_bound_key() -> Service<Fakes> {
    let service = service();
    service.ports.store(bound());
    service.ports.set_status(ready());
    service
}

fn read(answer: Result<PcrValues, TpmError>) -> (Call, Answer) {
    let call = Call::KnownPcrs(alice().uid(), seven());
    (call, Answer::Pcrs(answer))
}

fn list_when(answer: Result<PcrValues, TpmError>) -> ListedKey {
    let service = service_with_bound_key();
    service.ports.expect([
        allowed(Action::ListOwnKeys, &alice(), &alice()),
        listed(&alice()),
        read(answer),
    ]);
    let listed = run(service.list(call_of(&alice()), None, Sessions::default()));
    listed.expect("keys").remove(0)
}

#[test]
fn a_key_whose_pcrs_changed_is_listed_as_such_with_the_numbers() {
    let fits = list_when(Ok(values(1)));
    assert_eq!((fits.state, fits.changed_pcrs), (KeyState::Usable, vec![]));
    let changed = list_when(Ok(values(2)));
    assert_eq!(changed.state, KeyState::PcrMismatch);
    assert_eq!(changed.changed_pcrs, [7]);
    let unknown = list_when(Err(TpmError::Failed));
    assert_eq!(unknown.state, KeyState::Usable);
}

#[test]
fn a_key_whose_pcrs_changed_is_not_offered() {
    for (now, offered) in [(1, 1), (2, 0)] {
        let service = service_with_bound_key();
        service.ports.expect([
            allowed(Action::ListOwnKeys, &alice(), &alice()),
            listed(&alice()),
            read(Ok(values(now))),
            (Call::Now, Answer::Time(0)),
        ]);
        let caller = call_of(&alice());
        let identities = service.identities(caller, Sessions::default(), None, None);
        assert_eq!(run(identities).expect("keys").len(), offered);
    }
}

#[test]
fn pcrs_of_a_tpm_that_cannot_be_used_are_not_asked_for() {
    let service = service_with_bound_key();
    let state = TpmState::Absent;
    service
        .ports
        .set_status(crate::tpm_facts::TpmStatus { state, ..ready() });
    service.ports.expect([
        allowed(Action::ListOwnKeys, &alice(), &alice()),
        listed(&alice()),
    ]);
    let listed = run(service.list(call_of(&alice()), None, Sessions::default()));
    assert_eq!(listed.expect("keys")[0].state, KeyState::Unknown);
}

#[test]
fn the_tpm_does_not_keep_a_bound_key() {
    let service = service_with_bound_key();
    let key = bound().fingerprint();
    service.ports.expect([found(&alice(), key)]);
    let begun = service.begin_set_persistent(call_of(&alice()), None, key, true);
    let refusal = run(begun).expect_err("it is refused");
    assert_eq!(refusal.kind(), ErrorKind::InvalidArgs);
    assert!(refusal.to_string().contains("bound to PCRs"), "{refusal}");
}

#[test]
fn a_refusal_names_the_pcrs_that_changed() {
    let refusal = TpmError::OtherPcrs(vec![7, 8]);
    assert_eq!(refusal.kind(), ErrorKind::KeyBoundToOtherPcrs);
    let said = refusal.to_string();
    assert!(said.contains(" now (7 secure-boot-policy, 8): "), "{said}");
    let said = TpmError::OtherPcrs(Vec::new()).to_string();
    assert!(said.contains(" now: "), "{said}");
}

#[test]
fn pcrs_are_told_to_those_who_may_inspect_the_tpm() {
    let service = service();
    let ask = |answer| {
        (
            Call::Ask {
                action: Action::InspectTpm,
                caller: alice(),
                about: None,
            },
            Answer::Decided(answer),
        )
    };
    service.ports.expect([
        ask(Decision::Allowed),
        (Call::Pcrs(seven()), Answer::Pcrs(Ok(values(1)))),
    ]);
    assert_eq!(
        run(service.get_pcrs(call_of(&alice()), seven())),
        Ok(values(1))
    );
    for why in REFUSALS {
        service.ports.expect([ask(Decision::Refused(why))]);
        let refused = run(service.get_pcrs(call_of(&alice()), seven()));
        assert_eq!(refused, Err(why.into()));
    }
}
