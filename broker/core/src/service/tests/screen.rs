//! Tests of keys that sign in an unlocked session alone, and of PINs that a lock has forgotten.

use super::people::{
    alice, bob, call_of, host, kept_to, ready, record, signature_of, usual, with_pin,
};
use super::unlock::{attempt, checked, fingerprint, service_with_pin, unlock};
use super::*;
use crate::key::KeyRecord;
use crate::pins::{LockedScreen, Outcome, PinError, PinLimits};
use crate::ports::StoreError;
use crate::requests::RequestError;
use crate::restrictions::{Change, Confirmation, NotPermitted, Restrictions, Screen};
use crate::seat::fixtures::{in_use, locked};
use crate::seat::{Login, NotTold, NotUnlocked};
use crate::signature::Scheme;
use crate::signed_data::fixtures::sshsig;
use crate::uses;
use sshtpm_ssh::error_kind::ErrorKind;

fn while_unlocked() -> Restrictions {
    Restrictions {
        screen: Screen::Unlocked,
        ..usual(&alice())
    }
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

fn seated(logins: &[Login]) -> (Call, Answer) {
    let answer = Answer::Seated(Ok(logins.to_vec()));
    (Call::Logins(alice().uid()), answer)
}

fn not_told() -> (Call, Answer) {
    (Call::Logins(alice().uid()), Answer::Seated(Err(NotTold)))
}

fn signed() -> (Call, Answer) {
    let data = sshsig("file");
    let scheme = Scheme::Ecdsa(ssh_key::EcdsaCurve::NistP256);
    let call = Call::Sign(scheme.to_sign(&data));
    (call, Answer::Signed(Ok(signature_of(&data))))
}

fn not_unlocked(why: NotUnlocked) -> Error {
    NotPermitted::from(why).into()
}

/// Each way not to have an unlocked session.
fn ways() -> [((Call, Answer), NotUnlocked); 3] {
    [
        (seated(&[locked()]), NotUnlocked::Locked),
        (seated(&[]), NotUnlocked::Away),
        (not_told(), NotUnlocked::NotTold),
    ]
}

#[test]
fn a_key_signs_while_its_owner_has_an_unlocked_session() {
    let service = service_with(kept_to(&alice(), while_unlocked()));
    service.ports.expect([
        found(&alice(), fingerprint()),
        seated(&[in_use()]),
        allowed(Action::UseOwnKey, &alice(), &alice()),
        found(&alice(), fingerprint()),
        signed(),
        seated(&[in_use()]),
    ]);
    sign(&service).expect("a signature");
}

#[test]
fn without_an_unlocked_session_nobody_is_asked() {
    for (answer, why) in ways() {
        let service = service_with(kept_to(&alice(), while_unlocked()));
        service
            .ports
            .expect([found(&alice(), fingerprint()), answer]);
        assert_eq!(sign(&service), Err(not_unlocked(why)));
        let noted: Vec<_> = service.ports.noted();
        let outcome = uses::Outcome::NotSigned(ErrorKind::NoUnlockedSession);
        assert_eq!(noted[0].outcome, outcome);
    }
}

#[test]
fn a_screen_that_was_locked_meanwhile_lets_no_signature_out() {
    for (answer, why) in ways() {
        let restrictions = Restrictions {
            confirmation: Confirmation::EachUse,
            ..while_unlocked()
        };
        let service = service_with(kept_to(&alice(), restrictions));
        service.ports.expect([
            found(&alice(), fingerprint()),
            seated(&[in_use()]),
            allowed(Action::UseOwnKey, &alice(), &alice()),
            allowed(Action::ConfirmUse, &alice(), &alice()),
            found(&alice(), fingerprint()),
            signed(),
            answer,
        ]);
        assert_eq!(sign(&service), Err(not_unlocked(why)));
        assert_ne!(service.ports.noted()[0].outcome, uses::Outcome::Signed);
    }
}

#[test]
fn a_key_that_was_tightened_during_a_prompt_needs_the_session_too() {
    let service = service_with(record(&alice()));
    let tight = kept_to(&alice(), while_unlocked());
    let replaced = Answer::DecidedAndReplaced(Decision::Allowed, Box::new(tight));
    service.ports.expect([
        found(&alice(), fingerprint()),
        asked(Action::UseOwnKey, &alice(), &alice(), replaced),
        found(&alice(), fingerprint()),
        seated(&[locked()]),
    ]);
    assert_eq!(sign(&service), Err(not_unlocked(NotUnlocked::Locked)));
}

#[test]
fn an_agent_is_not_offered_a_key_that_a_locked_screen_keeps() {
    let offered = |answer| {
        let service = service_with(kept_to(&alice(), while_unlocked()));
        service.ports.set_status(ready());
        service.ports.expect([
            allowed(Action::ListOwnKeys, &alice(), &alice()),
            listed(&alice()),
            answer,
        ]);
        let identities = service.identities(call_of(&alice()), Sessions::default(), None, None);
        run(identities).expect("a list").len()
    };
    assert_eq!(offered(seated(&[in_use()])), 1);
    for (answer, _) in ways() {
        assert_eq!(offered(answer), 0);
    }
}

#[test]
fn logind_is_not_asked_about_other_keys() {
    let service = service_with(record(&alice()));
    service.ports.set_status(ready());
    service.ports.expect([
        allowed(Action::ListOwnKeys, &alice(), &alice()),
        listed(&alice()),
    ]);
    let identities = service.identities(call_of(&alice()), Sessions::default(), None, None);
    assert_eq!(run(identities).expect("a list").len(), 1);
}

#[test]
fn a_host_key_does_not_depend_on_a_screen() {
    let service = service();
    let change = Change {
        screen: Some(Screen::Unlocked),
        ..Change::default()
    };
    let restrict = |caller: Owner, named| {
        let restricted = service.restrict(call_of(&caller), named, fingerprint(), change.clone());
        run(restricted).map(drop)
    };
    let refused = Err(RequestError::HostKeyWhileUnlocked.into());
    assert_eq!(restrict(alice(), Some(host())), refused);
    assert_eq!(restrict(host(), None), refused);
}

/// A service that has PINs forgotten while a screen is locked.
fn forgetting() -> Service<Fakes> {
    let service = service_with_pin();
    service.set_pin_limits(PinLimits {
        locked_screen: LockedScreen::ForgetsPins,
        ..PinLimits::default()
    });
    service
}

/// The same, with a PIN that is remembered.
fn remembering() -> Service<Fakes> {
    let service = forgetting();
    service.ports.expect(unlocking(seated(&[in_use()])));
    unlock(&service, &alice(), "1234").expect("the right PIN");
    assert!(service.is_unlocked(&with_pin(&alice())));
    service
}

/// What an unlocking takes while `last` is what logind says after the try.
fn unlocking(last: (Call, Answer)) -> Vec<(Call, Answer)> {
    vec![
        found(&alice(), fingerprint()),
        seated(&[in_use()]),
        allowed(Action::UseOwnKey, &alice(), &alice()),
        found(&alice(), fingerprint()),
        checked(Ok(Outcome::Right(()))),
        last,
    ]
}

#[test]
fn a_lock_has_pins_forgotten_if_the_administrator_wants_it() {
    let service = remembering();
    service.screen_was_locked(bob().uid());
    assert!(service.is_unlocked(&with_pin(&alice())));
    service.screen_was_locked(alice().uid());
    assert!(!service.is_unlocked(&with_pin(&alice())));

    let service = service_with_pin();
    attempt(&service, Ok(Outcome::Right(()))).expect("the right PIN");
    service.screen_was_locked(alice().uid());
    assert!(service.is_unlocked(&with_pin(&alice())));
}

#[test]
fn a_lock_that_was_not_heard_of_is_noticed_at_the_next_use() {
    let service = remembering();
    service
        .ports
        .expect([found(&alice(), fingerprint()), seated(&[locked()])]);
    assert_eq!(sign(&service), Err(PinError::ScreenLocked.into()));
    assert!(!service.is_unlocked(&with_pin(&alice())));
}

#[test]
fn a_pin_is_not_tried_while_the_screen_is_locked() {
    let service = forgetting();
    for (answer, why) in [
        (seated(&[locked()]), PinError::ScreenLocked),
        (not_told(), PinError::ScreenNotTold),
    ] {
        service
            .ports
            .expect([found(&alice(), fingerprint()), answer]);
        assert_eq!(unlock(&service, &alice(), "1234"), Err(why.into()));
    }
}

#[test]
fn a_pin_that_is_tried_when_the_screen_is_locked_is_not_remembered() {
    for (answer, why) in [
        (seated(&[locked()]), PinError::ScreenLocked),
        (not_told(), PinError::ScreenNotTold),
    ] {
        let service = forgetting();
        service.ports.expect(unlocking(answer));
        assert_eq!(unlock(&service, &alice(), "1234"), Err(why.into()));
        assert!(!service.is_unlocked(&with_pin(&alice())));
    }
}

#[test]
fn somebody_without_a_session_at_a_seat_has_no_screen_to_lock() {
    let service = forgetting();
    let mut steps = unlocking(seated(&[]));
    steps[1] = seated(&[]);
    service.ports.expect(steps);
    unlock(&service, &alice(), "1234").expect("the right PIN");
    assert!(service.is_unlocked(&with_pin(&alice())));
}

#[test]
fn to_lift_the_limit_takes_a_person_and_to_set_it_does_not() {
    let change = |screen| Change {
        screen: Some(screen),
        ..Change::default()
    };
    let ways = [
        (Screen::InAnyState, Screen::Unlocked, Action::RestrictOwnKey),
        (Screen::Unlocked, Screen::InAnyState, Action::ChangeOwnKey),
    ];
    for (before, after, action) in ways {
        let restricted = |screen| Restrictions {
            screen,
            ..usual(&alice())
        };
        let service = service_with(kept_to(&alice(), restricted(before)));
        service.ports.expect([
            found(&alice(), fingerprint()),
            allowed(action, &alice(), &alice()),
            (
                Call::Restrict(alice(), fingerprint(), restricted(after)),
                Answer::Replaced(Err(StoreError::ChangedByAnother)),
            ),
        ]);
        let done = service.restrict(call_of(&alice()), None, fingerprint(), change(after));
        assert_eq!(
            run(done).map(drop),
            Err(StoreError::ChangedByAnother.into())
        );
    }
}
