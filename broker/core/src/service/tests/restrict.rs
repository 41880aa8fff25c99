//! Tests of changing what a key may be used for.

use std::sync::Arc;

use super::people::{alice, bob, call_of, host, kept_to, ready, record, root, usual};
use super::*;
use crate::error::Error;
use crate::key::KeyRecord;
use crate::ports::StoreError;
use crate::requests::RequestError;
use crate::restrictions::{Change, Confirmation, Forwarding, Namespaces, Restrictions};

const MISSING: Error = Error::Request(RequestError::NoSuchKey);

fn fingerprint() -> Fingerprint {
    record(&alice()).fingerprint()
}

/// Kept from forwarded connections.
fn at_home(owner: &Owner) -> Restrictions {
    let changed = forwarding(Forwarding::Forbidden).apply(usual(owner));
    changed.expect("it fits")
}

fn forwarding(forwarding: Forwarding) -> Change {
    Change {
        forwarding: Some(forwarding),
        ..Change::default()
    }
}

fn service_with(key: KeyRecord) -> Service<Fakes> {
    let service = service();
    service.ports.store(key);
    service
}

fn restrict(
    service: &Service<Fakes>,
    caller: &Owner,
    named: Option<Owner>,
    change: Change,
) -> Result<Restrictions, Error> {
    let changed = run(service.restrict(call_of(caller), named, fingerprint(), change));
    changed.map(|listed| Restrictions::clone(&listed.record.restrictions))
}

fn restricted(
    owner: &Owner,
    after: &Restrictions,
    result: Result<(), StoreError>,
) -> (Call, Answer) {
    let call = Call::Restrict(owner.clone(), fingerprint(), after.clone());
    let changed = result.map(|()| Arc::new(kept_to(owner, after.clone())));
    (call, Answer::Replaced(changed))
}

#[test]
fn to_tighten_takes_no_person() {
    let service = service_with(record(&alice()));
    service.ports.set_status(ready());
    service.ports.expect([
        found(&alice(), fingerprint()),
        allowed(Action::RestrictOwnKey, &alice(), &alice()),
        restricted(&alice(), &at_home(&alice()), Ok(())),
    ]);
    let after = restrict(&service, &alice(), None, forwarding(Forwarding::Forbidden));
    assert_eq!(after, Ok(at_home(&alice())));
}

#[test]
fn to_relax_takes_one() {
    let service = service_with(kept_to(&alice(), at_home(&alice())));
    service.ports.set_status(ready());
    let usual = usual(&alice());
    service.ports.expect([
        found(&alice(), fingerprint()),
        allowed(Action::ChangeOwnKey, &alice(), &alice()),
        restricted(&alice(), &usual, Ok(())),
    ]);
    let after = restrict(&service, &alice(), None, forwarding(Forwarding::Allowed));
    assert_eq!(after, Ok(usual));
}

#[test]
fn to_relax_one_thing_while_tightening_another_takes_one_too() {
    let service = service_with(kept_to(&alice(), at_home(&alice())));
    let change = Change {
        confirmation: Some(Confirmation::EachUse),
        ..forwarding(Forwarding::Allowed)
    };
    let why = Refused::NotAuthorized;
    service.ports.expect([
        found(&alice(), fingerprint()),
        refused(Action::ChangeOwnKey, &alice(), &alice(), why),
    ]);
    assert_eq!(restrict(&service, &alice(), None, change), Err(why.into()));
}

#[test]
fn a_refused_caller_changes_nothing() {
    for why in REFUSALS {
        for (before, change, action) in [
            (
                usual(&alice()),
                Forwarding::Forbidden,
                Action::RestrictOwnKey,
            ),
            (at_home(&alice()), Forwarding::Allowed, Action::ChangeOwnKey),
        ] {
            let service = service_with(kept_to(&alice(), before));
            service.ports.expect([
                found(&alice(), fingerprint()),
                refused(action, &alice(), &alice(), why),
            ]);
            let refused = restrict(&service, &alice(), None, forwarding(change));
            assert_eq!(refused, Err(why.into()));
        }
    }
}

#[test]
fn a_foreign_key_answers_like_a_missing_one_without_a_prompt() {
    for caller in [bob(), root()] {
        let service = service_with(record(&alice()));
        service.ports.expect([found(&caller, fingerprint())]);
        let change = forwarding(Forwarding::Forbidden);
        assert_eq!(restrict(&service, &caller, None, change), Err(MISSING));
    }
}

#[test]
fn nothing_is_said_of_the_keys_of_others_before_the_authority_said_yes() {
    for (owner, action) in [
        (bob(), Action::ManageOthers),
        (host(), Action::ManageHostKeys),
    ] {
        let service = service();
        let why = Refused::NotAuthorized;
        service.ports.expect([
            found(&owner, fingerprint()),
            refused(action, &alice(), &owner, why),
        ]);
        let change = forwarding(Forwarding::Forbidden);
        let refused = restrict(&service, &alice(), Some(owner), change);
        assert_eq!(refused, Err(why.into()));
    }
}

#[test]
fn a_key_that_changed_while_a_person_was_asked_stays_as_it_is_now() {
    let service = service_with(kept_to(&alice(), at_home(&alice())));
    let usual = usual(&alice());
    let changed = StoreError::ChangedByAnother;
    service.ports.expect([
        found(&alice(), fingerprint()),
        allowed(Action::ChangeOwnKey, &alice(), &alice()),
        restricted(&alice(), &usual, Err(changed)),
    ]);
    let refused = restrict(&service, &alice(), None, forwarding(Forwarding::Allowed));
    assert_eq!(refused, Err(changed.into()));
}

#[test]
fn a_name_that_misleads_people_restricts_no_key() {
    let namespaces = Namespaces::new(["gi\u{200b}t".to_owned()]).expect("a namespace");
    let change = Change {
        namespaces: Some(namespaces),
        ..Change::default()
    };
    let service = service_with(record(&alice()));
    let why = RequestError::Name('\u{200b}');
    assert_eq!(restrict(&service, &alice(), None, change), Err(why.into()));
}
