//! What came of a wish for a signature, as a word.

use crate::error::Error;
use crate::pins::PinError;
use crate::policy::Refused;
use crate::ports::{StoreError, TpmError};
use crate::requests::RequestError;
use crate::restrictions::NotPermitted;

/// `signed`, or why not. The words are those of the errors on the bus (`bus/error.rs`), so that a
/// user finds in the record what the program was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    Signed,
    /// Whoever asked left before it was decided.
    Left,
    NoSuchKey,
    NotAuthorized,
    AuthorizationUnavailable,
    InteractiveAuthorizationRequired,
    InvalidArgs,
    LimitsExceeded,
    TpmUnavailable,
    ParentKeyUnavailable,
    TpmFailed,
    KeyLost,
    UnknownData,
    PurposeNotPermitted,
    NamespaceNotPermitted,
    DestinationNotPermitted,
    ForwardingNotPermitted,
    PinRequired,
    WrongPin,
    PinTriesExceeded,
    StorageUnavailable,
}

impl Outcome {
    const ALL: [Self; 21] = [
        Self::Signed,
        Self::Left,
        Self::NoSuchKey,
        Self::NotAuthorized,
        Self::AuthorizationUnavailable,
        Self::InteractiveAuthorizationRequired,
        Self::InvalidArgs,
        Self::LimitsExceeded,
        Self::TpmUnavailable,
        Self::ParentKeyUnavailable,
        Self::TpmFailed,
        Self::KeyLost,
        Self::UnknownData,
        Self::PurposeNotPermitted,
        Self::NamespaceNotPermitted,
        Self::DestinationNotPermitted,
        Self::ForwardingNotPermitted,
        Self::PinRequired,
        Self::WrongPin,
        Self::PinTriesExceeded,
        Self::StorageUnavailable,
    ];

    /// What came of it that ended with `result`.
    pub fn of<T>(result: &Result<T, Error>) -> Self {
        match result {
            Ok(_) => Self::Signed,
            Err(error) => Self::of_error(error),
        }
    }

    /// The word in records and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Signed => "signed",
            Self::Left => "left",
            Self::NoSuchKey => "NoSuchKey",
            Self::NotAuthorized => "NotAuthorized",
            Self::AuthorizationUnavailable => "AuthorizationUnavailable",
            Self::InteractiveAuthorizationRequired => "InteractiveAuthorizationRequired",
            Self::InvalidArgs => "InvalidArgs",
            Self::LimitsExceeded => "LimitsExceeded",
            Self::TpmUnavailable => "TpmUnavailable",
            Self::ParentKeyUnavailable => "ParentKeyUnavailable",
            Self::TpmFailed => "TpmFailed",
            Self::KeyLost => "KeyLost",
            Self::UnknownData => "UnknownData",
            Self::PurposeNotPermitted => "PurposeNotPermitted",
            Self::NamespaceNotPermitted => "NamespaceNotPermitted",
            Self::DestinationNotPermitted => "DestinationNotPermitted",
            Self::ForwardingNotPermitted => "ForwardingNotPermitted",
            Self::PinRequired => "PinRequired",
            Self::WrongPin => "WrongPin",
            Self::PinTriesExceeded => "PinTriesExceeded",
            Self::StorageUnavailable => "StorageUnavailable",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    fn of_error(error: &Error) -> Self {
        match error {
            Error::Request(error) => Self::of_request_error(error),
            Error::NotPermitted(error) => match error {
                NotPermitted::Purpose { .. } => Self::PurposeNotPermitted,
                NotPermitted::Namespace { .. } => Self::NamespaceNotPermitted,
                NotPermitted::Destination(_) => Self::DestinationNotPermitted,
                NotPermitted::Forwarding => Self::ForwardingNotPermitted,
            },
            Error::Pin(error) => match error {
                PinError::Required => Self::PinRequired,
                PinError::Wrong(_) | PinError::LockoutPassword => Self::WrongPin,
                PinError::UnderWay
                | PinError::Key(_)
                | PinError::User(_)
                | PinError::Reserve(_)
                | PinError::Lockout(_) => Self::PinTriesExceeded,
            },
            Error::Refused(refused) => match refused {
                Refused::NotAuthorized | Refused::NobodyAnswered => Self::NotAuthorized,
                Refused::InteractionRequired => Self::InteractiveAuthorizationRequired,
                Refused::TooManyPrompts => Self::LimitsExceeded,
                Refused::AuthorityUnavailable => Self::AuthorizationUnavailable,
            },
            Error::Limit(_) => Self::LimitsExceeded,
            Error::Tpm(error) => match error {
                TpmError::Unavailable(_) => Self::TpmUnavailable,
                TpmError::ParentUnavailable(_) => Self::ParentKeyUnavailable,
                TpmError::KeyLost => Self::KeyLost,
                TpmError::WrongPin => Self::WrongPin,
                TpmError::InLockout => Self::PinTriesExceeded,
                // Two of these come of other things than signatures alone.
                TpmError::Failed
                | TpmError::BadSignature
                | TpmError::NoRoom(_)
                | TpmError::OwnerHasPassword => Self::TpmFailed,
                TpmError::Limit(_) => Self::LimitsExceeded,
                TpmError::CallerGone => Self::Left,
            },
            Error::Store(error) => match error {
                StoreError::NoSuchKey => Self::NoSuchKey,
                StoreError::ChangedMeanwhile | StoreError::TooLong => Self::InvalidArgs,
                StoreError::Full
                | StoreError::NotWritable
                | StoreError::KeysUnreadable
                | StoreError::RecordUnreadable => Self::StorageUnavailable,
            },
        }
    }

    fn of_request_error(error: &RequestError) -> Self {
        match error {
            RequestError::NoSuchKey => Self::NoSuchKey,
            RequestError::Data(_) => Self::UnknownData,
            RequestError::Comment(_)
            | RequestError::Fingerprint
            | RequestError::UnknownAlgorithm
            | RequestError::NotOffered { .. }
            | RequestError::NothingToSign
            | RequestError::TooMuchToSign { .. }
            | RequestError::Flags(_)
            | RequestError::FlagsOfOtherData(_)
            | RequestError::HasNoPin
            | RequestError::PinNotAddable
            | RequestError::PinNotPersistent
            | RequestError::GenerateForOther(_) => Self::InvalidArgs,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Outcome;

    #[test]
    fn every_outcome_is_found_again_by_its_name() {
        for outcome in Outcome::ALL {
            assert_eq!(Outcome::parse(outcome.name()), Some(outcome));
        }
        assert_eq!(Outcome::parse("Signed"), None);
    }
}
