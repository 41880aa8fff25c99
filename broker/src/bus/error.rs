//! From the core's errors to those on the bus: one total match.

use sshtpm_dbus::{Error as BusError, ErrorKind};

use crate::core::error::{Error, LimitError, Refused, RequestError, StoreError, TpmError};

pub(super) fn to_bus(error: &Error) -> BusError {
    BusError::new(kind(error), error.to_string())
}

fn kind(error: &Error) -> ErrorKind {
    match error {
        Error::Request(error) => match error {
            RequestError::NoSuchKey => ErrorKind::NoSuchKey,
            RequestError::UnknownAlgorithm | RequestError::NotOffered { .. } => {
                ErrorKind::UnsupportedAlgorithm
            }
            RequestError::Comment(_)
            | RequestError::Fingerprint
            | RequestError::NothingToSign
            | RequestError::TooMuchToSign { .. }
            | RequestError::Flags(_)
            | RequestError::GenerateForOther(_) => ErrorKind::InvalidArgs,
        },
        Error::Refused(error) => match error {
            Refused::NotAuthorized => ErrorKind::NotAuthorized,
            Refused::InteractionRequired => ErrorKind::InteractiveAuthorizationRequired,
            Refused::TooManyPrompts => ErrorKind::LimitsExceeded,
            Refused::AuthorityUnavailable => ErrorKind::AuthorizationUnavailable,
        },
        Error::Limit(error) => limit(*error),
        Error::Tpm(error) => match error {
            TpmError::Unavailable(_) => ErrorKind::TpmUnavailable,
            TpmError::ParentUnavailable(_) => ErrorKind::ParentKeyUnavailable,
            TpmError::KeyLost => ErrorKind::KeyLost,
            TpmError::Failed | TpmError::BadSignature => ErrorKind::TpmFailed,
            TpmError::Limit(error) => limit(*error),
        },
        Error::Store(error) => match error {
            StoreError::Full | StoreError::NotWritable => ErrorKind::StorageUnavailable,
            StoreError::NoSuchKey => ErrorKind::NoSuchKey,
        },
    }
}

fn limit(error: LimitError) -> ErrorKind {
    match error {
        LimitError::Keys(_) | LimitError::Requests(_) | LimitError::Queue(_) => {
            ErrorKind::LimitsExceeded
        }
    }
}
