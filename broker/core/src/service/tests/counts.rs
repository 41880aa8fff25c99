//! Tests of what outlives the broker.

use std::time::Duration;

use super::people::{alice, bob, call_of, with_pin};
use super::sign_with_pin::{expect_signature, sign};
use super::unlock::{attempt, fingerprint, pin, service_with_pin, unlock, unlocked};
use super::*;
use crate::counts::Kept;
use crate::identity::Uid;
use crate::pins::{Outcome, PinError, Wait};
use crate::ports::{StoreError, TpmError};

/// The service of a broker that starts after the one of `service` has ended.
fn restarted(service: &Service<Fakes>) -> Service<Fakes> {
    restored(service.ports.kept())
}

fn restored(kept: Vec<(Uid, Kept)>) -> Service<Fakes> {
    let service = service_with_pin();
    service.restore_counts(kept);
    service
}

fn wrong(service: &Service<Fakes>) -> Result<(), Error> {
    attempt(service, Ok(Outcome::Wrong))
}

/// An attempt of alice's that is refused before polkit and the TPM are asked.
fn refused_at_once(service: &Service<Fakes>) -> Error {
    service.ports.expect([found(&alice(), fingerprint())]);
    unlock(service, &alice(), "1234").expect_err("it is refused")
}

#[test]
fn wrong_pins_count_after_a_restart() {
    let first = service_with_pin();
    wrong(&first).expect_err("wrong");
    let second = restarted(&first);
    let delayed = wrong(&second).expect_err("wrong");
    let wait = Some(Wait(Duration::from_secs(1)));
    assert_eq!(delayed, PinError::Wrong(wait).into());
    let third = restarted(&second);
    let refused = refused_at_once(&third);
    assert_eq!(refused, PinError::Key(Wait(Duration::from_secs(1))).into());
}

#[test]
fn a_try_is_on_the_disk_before_the_tpm_sees_it() {
    let first = service_with_pin();
    first.ports.expect([
        found(&alice(), fingerprint()),
        allowed(Action::UseOwnKey, &alice(), &alice()),
        found(&alice(), fingerprint()),
        (
            Call::CheckPin(fingerprint(), b"1234".to_vec()),
            Answer::Waits,
        ),
    ]);
    let mut waits = Box::pin(first.unlock(call_of(&alice()), fingerprint(), pin("1234"), None));
    start(waits.as_mut());
    let kept = first.ports.kept();
    let [(uid, Kept::Counts(counts, _))] = &kept[..] else {
        panic!("{kept:?}");
    };
    assert_eq!((*uid, counts.tries.len()), (alice().uid(), 1));
}

#[test]
fn a_remembered_pin_that_turns_out_wrong_is_on_the_disk_at_once() {
    let service = unlocked();
    expect_signature(&service, Err(TpmError::WrongPin));
    sign(&service).expect_err("wrong");
    let kept = service.ports.kept();
    let [(uid, Kept::Counts(counts, _))] = &kept[..] else {
        panic!("{kept:?}");
    };
    assert_eq!((*uid, counts.tries.len()), (alice().uid(), 1));
}

#[test]
fn a_pin_that_was_right_or_reached_no_tpm_leaves_nothing() {
    let gone = || TpmError::Unavailable("gone".to_owned());
    for outcome in [Ok(Outcome::Right(())), Ok(Outcome::Spared), Err(gone())] {
        let service = service_with_pin();
        let _ = attempt(&service, outcome);
        assert_eq!(service.ports.kept(), []);
    }
}

#[test]
fn a_pin_is_not_tried_if_that_cannot_be_written_down() {
    let service = service_with_pin();
    service.ports.set_disk(false);
    for _ in 0..10 {
        service.ports.expect([
            found(&alice(), fingerprint()),
            allowed(Action::UseOwnKey, &alice(), &alice()),
            found(&alice(), fingerprint()),
        ]);
        let refused = unlock(&service, &alice(), "1234");
        assert_eq!(refused, Err(StoreError::NotCounted.into()));
    }
    service.ports.set_disk(true);
    attempt(&service, Ok(Outcome::Right(()))).expect("none of them counts");
}

#[test]
fn what_nobody_can_read_counts_as_the_limit_of_that_user_alone() {
    let service = restored(vec![(alice().uid(), Kept::Unreadable)]);
    let refused = refused_at_once(&service);
    assert!(
        matches!(refused, Error::Pin(PinError::User(_))),
        "{refused}"
    );
    let bobs = with_pin(&bob());
    let now = Duration::ZERO;
    assert_eq!(service.pins.check(&crate::pins::id(&bobs), now), Ok(()));
    run(service.keep_changed_counts());
    let next = restarted(&service);
    assert_eq!(
        refused_at_once(&next),
        refused,
        "it is no way to begin anew"
    );
}

#[test]
fn what_could_not_be_corrected_is_corrected_later() {
    let service = service_with_pin();
    wrong(&service).expect_err("wrong");
    assert_eq!(service.ports.kept().len(), 1);
    run(service.keep_changed_counts());
    assert_eq!(service.ports.kept().len(), 1);
    service.ports.pass(Duration::from_secs(25 * 3600));
    run(service.keep_changed_counts());
    assert_eq!(service.ports.kept(), []);
}

#[test]
fn a_reset_of_the_tpm_is_a_reset_on_the_disk() {
    let service = service_with_pin();
    wrong(&service).expect_err("wrong");
    service.ports.expect([
        (
            Call::Ask {
                action: Action::ManageTpm,
                caller: alice(),
                about: None,
            },
            Answer::Decided(Decision::Allowed),
        ),
        (Call::ResetLockout(None), Answer::Reset(Ok(()))),
    ]);
    run(service.reset_lockout(call_of(&alice()), None)).expect("reset");
    assert_eq!(service.ports.kept(), []);
}
