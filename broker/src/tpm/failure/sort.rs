//! Sorts the TPM's answers into failures.

use super::code::{
    ESYS_BAD_SEQUENCE, LAYERS, TCTI_LAYER, code, described, from_tpm, is_bad_auth, is_disabled,
    is_no_object, rc,
};
use super::{Cause, Failure};
use sshtpm_ssh::derived::Hierarchy;

/// Sorts an answer to `command`.
pub(in crate::tpm) fn sort(command: &'static str) -> impl Fn(tss_esapi::Error) -> Failure {
    move |error| {
        let cause = Cause {
            command,
            answer: described(error),
        };
        match code(error) {
            Some(code) if from_tpm(code) => match code & !LAYERS {
                rc::CONTEXT_GAP | rc::INITIALIZE | rc::REBOOT => Failure::Gone(cause),
                rc::OBJECT_MEMORY
                | rc::SESSION_MEMORY
                | rc::OBJECT_HANDLES
                | rc::SESSION_HANDLES => Failure::Exhausted(cause),
                rc::LOCKOUT => Failure::InLockout(cause),
                rc::PCR_CHANGED => Failure::PcrsMoved(cause),
                _ => Failure::Other(cause),
            },
            Some(code) if code & LAYERS == TCTI_LAYER => Failure::Gone(cause),
            Some(ESYS_BAD_SEQUENCE) => Failure::Gone(cause),
            _ => Failure::Other(cause),
        }
    }
}

/// Sorts an answer to `command`, which a PIN authorizes.
pub(in crate::tpm) fn sort_with_pin(command: &'static str) -> impl Fn(tss_esapi::Error) -> Failure {
    move |error| match sort(command)(error) {
        Failure::Other(cause) if is_bad_auth(error) => Failure::WrongPin(cause),
        failure => failure,
    }
}

/// Sorts an answer to `command`, which uses the parent and is authorized with its empty password.
pub(in crate::tpm) fn sort_with_parent(
    command: &'static str,
) -> impl Fn(tss_esapi::Error) -> Failure {
    move |error| match sort(command)(error) {
        Failure::Other(cause) if is_no_object(error) => Failure::ParentChanged(cause),
        Failure::Other(_) if is_bad_auth(error) => Failure::ParentAuth,
        failure => failure,
    }
}

/// Sorts an answer to `command`, which derives a key in `hierarchy`, and is authorized with its
/// empty password.
pub(in crate::tpm) fn sort_with_hierarchy(
    command: &'static str,
    hierarchy: Hierarchy,
) -> impl Fn(tss_esapi::Error) -> Failure {
    move |error| match sort(command)(error) {
        Failure::Other(_) if is_bad_auth(error) => Failure::HierarchyAuth(hierarchy),
        Failure::Other(_) if is_disabled(error) => Failure::HierarchyDisabled(hierarchy),
        failure => failure,
    }
}

/// Sorts an answer to `command`, which the endorsement hierarchy authorizes with its empty
/// password.
pub(in crate::tpm) fn sort_with_endorsement(
    command: &'static str,
) -> impl Fn(tss_esapi::Error) -> Failure {
    move |error| match sort(command)(error) {
        Failure::Other(_) if is_bad_auth(error) => Failure::EndorsementAuth,
        Failure::Other(_) if is_disabled(error) => {
            Failure::HierarchyDisabled(Hierarchy::Endorsement)
        }
        failure => failure,
    }
}

/// Sorts an answer to `command`, which the owner hierarchy authorizes with its empty password, and
/// which keeps something in the TPM or removes it.
pub(in crate::tpm) fn sort_with_owner(
    command: &'static str,
) -> impl Fn(tss_esapi::Error) -> Failure {
    move |error| match sort(command)(error) {
        Failure::Other(_) if is_bad_auth(error) => Failure::OwnerAuth,
        Failure::Other(_) if code(error) == Some(rc::NV_SPACE) => Failure::NoRoom(NO_MEMORY),
        failure => failure,
    }
}

const NO_MEMORY: &str = "the TPM has no memory left for another key; free some with \
    `sshtpm tpm persist --undo KEY`, or see what other programs keep in the TPM: \
    `tpm2_getcap handles-persistent` and `tpm2_getcap handles-nv-index`";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_that_is_not_there_is_gone_and_the_journal_has_the_number() {
        let address: crate::tpm::Address = "device:/nonexistent/tpm".parse().expect("an address");
        let tcti = address.tcti().expect("a TCTI");
        let error = tss_esapi::Context::new(tcti).expect_err("no device");
        assert_eq!(code(error).map(|code| code & LAYERS), Some(TCTI_LAYER));
        let Failure::Gone(cause) = sort("connect")(error) else {
            panic!("{error} is not taken for a TPM that is gone");
        };
        assert!(cause.to_string().contains("(0xa"), "{cause}");
    }
}
