//! What callers learn of a failure.

use sshtpm_core::error::TpmError;
use sshtpm_ssh::tpm::TpmState;

use super::{Failure, PARENT_AUTH};

impl Failure {
    /// The state of a TPM that cannot be used for this reason, and what to tell people.
    pub(in crate::tpm) fn as_state(&self, address: &str) -> (TpmState, String) {
        match self {
            Self::Gone(_) | Self::GoneInTry(_) => (
                TpmState::Absent,
                format!(
                    "there is no TPM at {address}; check that it is enabled in the firmware setup \
                     and that its driver is loaded"
                ),
            ),
            Self::NoParent(advice) => (TpmState::Unprovisioned, advice.clone()),
            Self::ParentAuth => (TpmState::Unprovisioned, PARENT_AUTH.to_owned()),
            Self::Exhausted(_) => (
                TpmState::Failed,
                format!(
                    "the TPM at {address} has no room for a key because other programs fill it"
                ),
            ),
            Self::ParentChanged(_) | Self::KeyRefused(_) => (
                TpmState::Starting,
                format!(
                    "the parent key of the TPM at {address} may have changed; \
                     the broker is checking"
                ),
            ),
            Self::KeyLost(_)
            | Self::NotOfThisTpm(_)
            | Self::UnsaidPin(_)
            | Self::NotItsSeed(_)
            | Self::OtherPcrs(..)
            | Self::PcrsMoved(_)
            | Self::NoSuchPcrs(_)
            | Self::NotThesePcrs(_)
            | Self::WrongPin(_)
            | Self::InLockout(_)
            | Self::NoRoom(_)
            | Self::OwnerAuth
            | Self::HierarchyAuth(_)
            | Self::HierarchyDisabled(_)
            | Self::EndorsementAuth
            | Self::NoSuchEndorsementKey
            | Self::BadCredential
            | Self::Other(_) => (
                TpmState::Failed,
                format!("the TPM at {address} returns errors; see `journalctl -u sshtpm-broker`"),
            ),
        }
    }

    /// What the caller of one request is told.
    pub(in crate::tpm) fn as_error(&self, address: &str) -> TpmError {
        match self {
            Self::Gone(_) | Self::Exhausted(_) | Self::ParentChanged(_) => {
                TpmError::Unavailable(self.as_state(address).1)
            }
            Self::NoParent(_) | Self::ParentAuth => {
                TpmError::ParentUnavailable(self.as_state(address).1)
            }
            Self::KeyRefused(_) | Self::KeyLost(_) => TpmError::KeyLost,
            Self::NotOfThisTpm(_) => TpmError::NotOfThisTpm,
            Self::UnsaidPin(_) => TpmError::UnsaidPin,
            Self::NotItsSeed(_) => TpmError::NotItsSeed,
            Self::OtherPcrs(_, changed) => TpmError::OtherPcrs(changed.clone()),
            Self::NoSuchPcrs(pcrs) => TpmError::NoSuchPcrs(*pcrs),
            Self::NotThesePcrs(pcrs) => TpmError::NotThesePcrs(*pcrs),
            Self::WrongPin(_) => TpmError::WrongPin,
            Self::InLockout(_) => TpmError::InLockout,
            Self::NoRoom(advice) => TpmError::NoRoom(advice),
            Self::OwnerAuth => TpmError::OwnerHasPassword,
            Self::HierarchyAuth(hierarchy) => TpmError::HierarchyHasPassword(*hierarchy),
            Self::EndorsementAuth => TpmError::EndorsementHasPassword,
            Self::NoSuchEndorsementKey => TpmError::NoSuchEndorsementKey,
            Self::BadCredential => TpmError::BadCredential,
            Self::HierarchyDisabled(hierarchy) => TpmError::HierarchyDisabled(*hierarchy),
            Self::GoneInTry(_) | Self::PcrsMoved(_) | Self::Other(_) => TpmError::Failed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tpm::failure::Cause;

    #[test]
    fn a_pin_is_not_tried_again_if_the_tpm_may_have_counted_it() {
        let cause = || Cause {
            command: "TPM2_Sign",
            answer: "lost".to_owned(),
        };
        let (gone, in_try) = (Failure::Gone(cause()), Failure::GoneInTry(cause()));
        assert!(gone.may_be_repeated() && gone.wants_new_connection());
        assert!(!in_try.may_be_repeated() && in_try.wants_new_connection());
        // The core counts the try for this error.
        assert_eq!(in_try.as_error("swtpm"), TpmError::Failed);
    }
}
