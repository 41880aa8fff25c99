//! Tests of binding a key to PCRs anew, from a backup.

use std::sync::Arc;

use super::import::{area, error_of, import_of, service_with_tpm, wrapped};
use super::people::{alice, call_of, host, key, record, root, signature_of, usual};
use super::*;
use crate::import::examples::Area;
use crate::import::{TRIAL_DATA, Wrapped};
use crate::key::{KeyRecord, Origin, Protection, TpmKey};
use crate::policy::{Request as _, Target};
use crate::ports::{Imported, StoreError};
use crate::requests::{Former, Import, RequestError, WrappedKey};
use crate::restrictions::{Confirmation, Restrictions};
use sshtpm_ssh::pcr::{AuthValue, PcrPolicy, PcrSelection, PcrValues};

fn seven() -> PcrSelection {
    "7".parse().expect("a selection")
}

/// What binds a key to a PCR 7 with this in it.
fn policy(of_pcr_7: u8) -> PcrPolicy {
    let values = PcrValues::new(seven(), &[[of_pcr_7; 32]]).expect("values");
    PcrPolicy::new(values, AuthValue::NotNeeded)
}

/// The TPM's part of a key that is bound so.
fn key_with(of_pcr_7: u8) -> TpmKey {
    TpmKey {
        pcrs: Some(Arc::new(policy(of_pcr_7))),
        ..key()
    }
}

/// A key that needs confirmation, and is bound to a PCR 7 that had ones.
fn bound(owner: &Owner) -> KeyRecord {
    KeyRecord {
        key: key_with(1),
        origin: Origin::Imported,
        created: 1_600_000_000,
        restrictions: Arc::new(Restrictions {
            confirmation: Confirmation::EachUse,
            ..usual(owner)
        }),
        ..record(owner)
    }
}

/// The same, with what PCR 7 has now.
fn bound_anew(owner: &Owner) -> KeyRecord {
    KeyRecord {
        key: key_with(2),
        ..bound(owner)
    }
}

/// The same key from its backup, for a PCR 7 with twos.
fn backup() -> WrappedKey {
    let bound = Area {
        attributes: 0x0004_0400,
        policy: policy(2).digest().to_vec(),
        ..area()
    };
    let bound = Wrapped::new(&bound.bytes(), &[1], &[2], None, Some(seven()));
    WrappedKey {
        wrapped: bound.expect("a key"),
        rebinds: true,
        ..wrapped(&area())
    }
}

fn service_with(record: KeyRecord) -> Service<Fakes> {
    let service = service_with_tpm(LIMITS);
    service.ports.store(record);
    service
}

fn rebind(service: &Service<Fakes>, key: WrappedKey) -> Result<KeyRecord, Error> {
    let bound = import_of(service, &alice(), None, key)?;
    Ok(KeyRecord::clone(&bound.record))
}

/// The TPM signs with the new key, and the store is asked to keep it.
fn expect_bound_anew(service: &Service<Fakes>, owner: &Owner, result: Result<(), StoreError>) {
    let imported = Imported {
        key: key_with(2),
        proof: Some(signature_of(TRIAL_DATA)),
    };
    let (new, result) = (bound_anew(owner), Answer::Changed(result));
    service.ports.expect([
        (
            Call::Import(new.fingerprint()),
            Answer::Imported(Ok(imported)),
        ),
        (Call::TakePlace(new), result),
    ]);
}

fn expect_questions(service: &Service<Fakes>) {
    let fingerprint = record(&alice()).fingerprint();
    service.ports.expect([
        found(&alice(), fingerprint),
        allowed(Action::ImportOwnKey, &alice(), &alice()),
        allowed(Action::ChangeOwnKey, &alice(), &alice()),
        found(&alice(), fingerprint),
    ]);
}

#[test]
fn a_key_that_is_bound_anew_keeps_its_age_and_its_rules() {
    let service = service_with(bound(&alice()));
    expect_questions(&service);
    expect_bound_anew(&service, &alice(), Ok(()));
    let values = policy(2).values().clone();
    let listed = (
        Call::KnownPcrs(alice().uid(), seven()),
        Answer::Pcrs(Ok(values)),
    );
    service.ports.expect([listed]);
    assert_eq!(rebind(&service, backup()), Ok(bound_anew(&alice())));
    assert_eq!(service.ports.stored(), [Arc::new(bound_anew(&alice()))]);
}

#[test]
fn a_key_is_bound_anew_only_by_the_owners_password() {
    for why in REFUSALS {
        let service = service_with(bound(&alice()));
        service.ports.expect([
            found(&alice(), bound(&alice()).fingerprint()),
            allowed(Action::ImportOwnKey, &alice(), &alice()),
            refused(Action::ChangeOwnKey, &alice(), &alice(), why),
        ]);
        assert_eq!(rebind(&service, backup()), Err(why.into()));
        assert_eq!(service.ports.stored(), [Arc::new(bound(&alice()))]);
    }
}

/// What alice is asked beside the import by which `bound` becomes `wrapped`.
fn question(bound: KeyRecord, wrapped: Wrapped) -> String {
    let request = Import {
        target: Target::new(call_of(&alice()), None, "sshtpm-host"),
        wrapped: Arc::new(wrapped),
        comment: bound.comment.clone(),
        restrictions: Restrictions::clone(&bound.restrictions),
        backed_up: false,
        former: Some(Former::Bound(Arc::new(bound))),
    };
    let (_, details) = request.further().expect("a question");
    details.message.to_string()
}

/// Bound to these PCRs.
fn bound_to(pcrs: &str) -> Wrapped {
    let pcrs = pcrs.parse().expect("a selection");
    let bound = Area {
        attributes: 0x0004_0400,
        policy: vec![7; 32],
        ..area()
    };
    Wrapped::new(&bound.bytes(), &[1], &[2], None, Some(pcrs)).expect("a key")
}

#[test]
fn the_question_names_the_pcrs_to_which_a_key_is_bound() {
    let asked = question(bound(&alice()), bound_to("7"));
    assert!(
        asked.ends_with("the present values of PCRs 7:sha256"),
        "{asked}"
    );
    let asked = question(bound(&alice()), bound_to("0+7"));
    assert!(
        asked.contains("present values of PCRs 0+7:sha256"),
        "{asked}"
    );
}

#[test]
fn the_question_says_whether_a_binding_leaves_less_protection() {
    let mut with_pin = bound(&alice());
    with_pin.key.protection = Protection::Pin;
    for (before, pcrs, is_less) in [
        (bound(&alice()), "7", false),
        (bound(&alice()), "8", true),
        (with_pin, "7", true),
    ] {
        let asked = question(before, bound_to(pcrs));
        assert_eq!(
            asked.contains("less protection than it had"),
            is_less,
            "{asked}"
        );
    }
}

#[test]
fn a_new_binding_that_cannot_be_stored_leaves_the_one_before() {
    let service = service_with(bound(&alice()));
    expect_questions(&service);
    expect_bound_anew(&service, &alice(), Err(StoreError::Full));
    assert_eq!(rebind(&service, backup()), Err(StoreError::Full.into()));
    assert_eq!(service.ports.stored(), [Arc::new(bound(&alice()))]);
}

#[test]
fn a_bound_key_stays_unless_the_caller_asks_to_bind_it_anew() {
    let service = service_with(bound(&alice()));
    let fingerprint = bound(&alice()).fingerprint();
    service.ports.expect([found(&alice(), fingerprint)]);
    let beside = WrappedKey {
        rebinds: false,
        ..backup()
    };
    let there = RequestError::AlreadyThere(fingerprint);
    assert_eq!(rebind(&service, beside), Err(there.into()));
}

#[test]
fn nothing_but_a_bound_key_is_bound_anew() {
    let fingerprint = record(&alice()).fingerprint();
    let nothing = RequestError::NothingToRebind(fingerprint);
    for service in [service_with(record(&alice())), service_with_tpm(LIMITS)] {
        service.ports.expect([found(&alice(), fingerprint)]);
        assert_eq!(rebind(&service, backup()), Err(nothing.clone().into()));
    }
}

#[test]
fn a_key_is_not_bound_anew_to_nothing() {
    let service = service_with(bound(&alice()));
    service
        .ports
        .expect([found(&alice(), bound(&alice()).fingerprint())]);
    let unbound = WrappedKey {
        rebinds: true,
        ..wrapped(&area())
    };
    let refused = rebind(&service, unbound);
    assert_eq!(refused, Err(RequestError::RebindWithoutPcrs.into()));
}

#[test]
fn administrators_are_told_after_the_prompt_that_no_host_key_is_bound() {
    let service = service_with(record(&host()));
    let fingerprint = record(&host()).fingerprint();
    service.ports.expect([
        found(&host(), fingerprint),
        allowed(Action::ManageHostKeys, &root(), &host()),
    ]);
    let refused = import_of(&service, &root(), Some(host()), backup());
    let nothing = RequestError::NothingToRebind(fingerprint);
    assert_eq!(error_of(refused), nothing.into());
}
