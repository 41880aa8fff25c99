//! Tests of how many requests one user has under way.

use std::pin::pin;

use super::people::{alice, bob, call_of, comment, record};
use super::*;
use crate::algorithm::Wanted;
use crate::error::Error;
use crate::quota::LimitError;
use crate::restrictions::Change;
use sshtpm_ssh::digest_scheme::DigestScheme;

const ONE: Limits = Limits {
    requests_per_user: 1,
    ..LIMITS
};

fn listing() -> [(Call, Answer); 2] {
    [
        allowed(Action::ListOwnKeys, &alice(), &alice()),
        listed(&alice()),
    ]
}

#[test]
fn every_operation_refuses_a_user_at_the_limit_at_once() {
    let service = Fakes::service(ONE, &people::host());
    let mut waiting = pin!(service.list(call_of(&alice()), None, Sessions::default()));
    service.ports.expect([asked(
        Action::ListOwnKeys,
        &alice(),
        &alice(),
        Answer::Waits,
    )]);
    start(waiting.as_mut());

    let caller = || call_of(&alice());
    let key = record(&alice()).fingerprint();
    let digest = (DigestScheme::Ecdsa, &[7; 32][..]);
    let refusals: [Option<Error>; 13] = [
        run(service.generate(caller(), None, Wanted::AnyRsa, comment(""))).err(),
        run(service.list(caller(), None, Sessions::default())).err(),
        run(service.identities(caller(), Sessions::default(), None, None)).err(),
        run(service.sign(caller(), key, asking(b"data", 0))).err(),
        run(service.sign_digest(caller(), key, digest, None)).err(),
        run(service.set_comment(caller(), None, key, comment(""))).err(),
        run(service.begin_delete(caller(), None, key)).err(),
        run(service.get_lockout(caller())).err(),
        run(service.get_queue(caller())).err(),
        run(service.restrict(caller(), None, key, Change::default())).err(),
        run(service.lock(caller(), None)).err(),
        run(service.uses(caller(), None)).err(),
        run(service.reset_lockout(caller(), None)).err(),
    ];
    for refusal in refusals {
        assert_eq!(refusal, Some(LimitError::Requests(1).into()));
    }
}

#[test]
fn a_user_at_the_limit_does_not_keep_others_out() {
    let service = Fakes::service(ONE, &people::host());
    let mut waiting = pin!(service.list(call_of(&alice()), None, Sessions::default()));
    service.ports.expect([asked(
        Action::ListOwnKeys,
        &alice(),
        &alice(),
        Answer::Waits,
    )]);
    start(waiting.as_mut());
    service
        .ports
        .expect([allowed(Action::ListOwnKeys, &bob(), &bob()), listed(&bob())]);
    assert!(
        run(service.list(call_of(&bob()), None, Sessions::default()))
            .expect("a list")
            .is_empty()
    );
}

#[test]
fn a_caller_that_leaves_makes_room() {
    let service = Fakes::service(ONE, &people::host());
    {
        let mut waiting = pin!(service.list(call_of(&alice()), None, Sessions::default()));
        service.ports.expect([asked(
            Action::ListOwnKeys,
            &alice(),
            &alice(),
            Answer::Waits,
        )]);
        start(waiting.as_mut());
    }
    service.ports.expect(listing());
    assert!(
        run(service.list(call_of(&alice()), None, Sessions::default()))
            .expect("a list")
            .is_empty()
    );
}

#[test]
fn a_lower_limit_applies_to_later_requests_only() {
    let service = service();
    let question = || {
        let caller = alice();
        [asked(Action::ListOwnKeys, &caller, &caller, Answer::Waits)]
    };
    let mut first = pin!(service.list(call_of(&alice()), None, Sessions::default()));
    let mut second = pin!(service.list(call_of(&alice()), None, Sessions::default()));
    service.ports.expect(question());
    start(first.as_mut());
    service.ports.expect(question());
    start(second.as_mut());

    service.set_limits(ONE);
    let refused = run(service.list(call_of(&alice()), None, Sessions::default())).err();
    assert_eq!(refused, Some(LimitError::Requests(1).into()));
    start(first.as_mut());
    start(second.as_mut());

    service.set_limits(LIMITS);
    service.ports.expect(listing());
    assert!(run(service.list(call_of(&alice()), None, Sessions::default())).is_ok());
}

#[test]
fn served_and_refused_requests_make_room() {
    let service = Fakes::service(ONE, &people::host());
    service.ports.expect(listing());
    assert!(run(service.list(call_of(&alice()), None, Sessions::default())).is_ok());
    let why = Refused::NotAuthorized;
    service
        .ports
        .expect([refused(Action::ListOwnKeys, &alice(), &alice(), why)]);
    assert!(run(service.list(call_of(&alice()), None, Sessions::default())).is_err());
    service.ports.expect(listing());
    assert!(run(service.list(call_of(&alice()), None, Sessions::default())).is_ok());
}
