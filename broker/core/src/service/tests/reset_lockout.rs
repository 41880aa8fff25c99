//! Tests of ending the lockout.

use super::people::{alice, call_of};
use super::unlock::pin;
use super::*;
use crate::error::Error;
use crate::pins::PinError;
use crate::ports::TpmError;

fn asked_by_alice(decision: Decision) -> (Call, Answer) {
    let call = Call::Ask {
        action: Action::ManageTpm,
        caller: alice(),
        about: None,
    };
    (call, Answer::Decided(decision))
}

fn reset(password: Option<&str>, result: Result<(), TpmError>) -> Result<(), Error> {
    let service = service();
    let sent = password.map(|password| password.as_bytes().to_vec());
    service.ports.expect([
        asked_by_alice(Decision::Allowed),
        (Call::ResetLockout(sent), Answer::Reset(result)),
    ]);
    run(service.reset_lockout(call_of(&alice()), password.map(pin)))
}

#[test]
fn a_manager_of_the_tpm_ends_its_lockout_with_or_without_a_password() {
    assert_eq!(reset(None, Ok(())), Ok(()));
    assert_eq!(reset(Some("secret"), Ok(())), Ok(()));
}

#[test]
fn a_refused_caller_does_not_reach_the_tpm() {
    for why in REFUSALS {
        let service = service();
        let no = asked_by_alice(Decision::Refused(why));
        service.ports.expect([no]);
        let refused = run(service.reset_lockout(call_of(&alice()), None));
        assert_eq!(refused, Err(why.into()));
    }
}

#[test]
fn a_wrong_password_is_said_to_be_that_of_the_lockout_hierarchy() {
    let wrong = reset(Some("wrong"), Err(TpmError::WrongPin));
    assert_eq!(wrong, Err(PinError::LockoutPassword.into()));
    assert_eq!(
        reset(None, Err(TpmError::Failed)),
        Err(TpmError::Failed.into())
    );
}
