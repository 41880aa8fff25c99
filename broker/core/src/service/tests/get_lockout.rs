//! Tests of asking about the lockout.

use super::people::{alice, call_of};
use super::*;
use crate::error::Error;
use crate::ports::TpmError;
use sshtpm_ssh::tpm::Lockout;

const LOCKOUT: Lockout = Lockout {
    counter: 3,
    max_tries: 32,
    recovery_seconds: 7200,
    lockout_recovery_seconds: 86400,
    in_lockout: false,
};

/// It is about the TPM, and about no user's keys.
fn asked_by_alice(decision: Decision) -> (Call, Answer) {
    let call = Call::Ask {
        action: Action::InspectTpm,
        caller: alice(),
        about: None,
    };
    (call, Answer::Decided(decision))
}

fn get_lockout(tpm: Result<Lockout, TpmError>) -> Result<Lockout, Error> {
    let service = service();
    service.ports.expect([
        asked_by_alice(Decision::Allowed),
        (Call::Lockout, Answer::Told(tpm)),
    ]);
    run(service.get_lockout(call_of(&alice())))
}

#[test]
fn an_allowed_caller_learns_what_the_tpm_says() {
    assert_eq!(get_lockout(Ok(LOCKOUT)), Ok(LOCKOUT));
}

#[test]
fn a_refused_caller_learns_nothing_and_the_tpm_is_not_asked() {
    for why in REFUSALS {
        let service = service();
        service
            .ports
            .expect([asked_by_alice(Decision::Refused(why))]);
        assert_eq!(run(service.get_lockout(call_of(&alice()))), Err(why.into()));
    }
}

#[test]
fn what_the_tpm_cannot_say_is_an_error() {
    for error in [TpmError::Unavailable("gone".to_owned()), TpmError::Failed] {
        assert_eq!(get_lockout(Err(error.clone())), Err(error.into()));
    }
}
