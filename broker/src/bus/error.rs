//! From the core's errors to those on the bus: one total match.

use sshtpm_dbus::{Error as BusError, ErrorKind};

use sshtpm_core::error::{
    Error, LimitError, NotPermitted, Refused, RequestError, StoreError, TpmError,
};
use sshtpm_core::pins::PinError;

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
            RequestError::Data(_) => ErrorKind::UnknownData,
            RequestError::Comment(_)
            | RequestError::Fingerprint
            | RequestError::NothingToSign
            | RequestError::TooMuchToSign { .. }
            | RequestError::Flags(_)
            | RequestError::HasNoPin
            | RequestError::PinNotAddable
            | RequestError::PinNotPersistent
            | RequestError::FlagsOfOtherData(_)
            | RequestError::GenerateForOther(_) => ErrorKind::InvalidArgs,
        },
        Error::NotPermitted(error) => match error {
            NotPermitted::Purpose { .. } => ErrorKind::PurposeNotPermitted,
            NotPermitted::Namespace { .. } => ErrorKind::NamespaceNotPermitted,
            NotPermitted::Destination(_) => ErrorKind::DestinationNotPermitted,
            NotPermitted::Forwarding => ErrorKind::ForwardingNotPermitted,
        },
        Error::Pin(error) => match error {
            PinError::Required => ErrorKind::PinRequired,
            PinError::Wrong(_) | PinError::LockoutPassword => ErrorKind::WrongPin,
            PinError::UnderWay
            | PinError::Key(_)
            | PinError::User(_)
            | PinError::Reserve(_)
            | PinError::Lockout(_) => ErrorKind::PinTriesExceeded,
        },
        Error::Refused(error) => match error {
            Refused::NotAuthorized | Refused::Unanswered => ErrorKind::NotAuthorized,
            Refused::InteractionRequired => ErrorKind::InteractiveAuthorizationRequired,
            Refused::TooManyPrompts => ErrorKind::LimitsExceeded,
            Refused::AuthorityUnavailable => ErrorKind::AuthorizationUnavailable,
        },
        Error::Limit(error) => limit(*error),
        Error::Tpm(error) => match error {
            TpmError::Unavailable(_) => ErrorKind::TpmUnavailable,
            TpmError::ParentUnavailable(_) => ErrorKind::ParentKeyUnavailable,
            TpmError::KeyLost => ErrorKind::KeyLost,
            TpmError::WrongPin => ErrorKind::WrongPin,
            TpmError::InLockout => ErrorKind::PinTriesExceeded,
            TpmError::NoRoom(_) => ErrorKind::LimitsExceeded,
            TpmError::OwnerHasPassword => ErrorKind::TpmOwnerPassword,
            TpmError::Failed | TpmError::BadSignature => ErrorKind::TpmFailed,
            TpmError::CallerGone => ErrorKind::NotAuthorized,
            TpmError::Limit(error) => limit(*error),
        },
        Error::Store(error) => match error {
            StoreError::Full
            | StoreError::NotWritable
            | StoreError::KeysUnreadable
            | StoreError::RecordUnreadable => ErrorKind::StorageUnavailable,
            StoreError::NoSuchKey => ErrorKind::NoSuchKey,
            StoreError::ChangedByAnother | StoreError::TooLong => ErrorKind::InvalidArgs,
        },
    }
}

fn limit(error: LimitError) -> ErrorKind {
    match error {
        LimitError::Keys(_)
        | LimitError::Requests(_)
        | LimitError::Queue(_)
        | LimitError::Generations(_)
        | LimitError::GeneratedPerHour { .. } => ErrorKind::LimitsExceeded,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sshtpm_core::error::UnknownData;
    use sshtpm_core::restrictions::{NotThere, Purpose, Purposes};
    use sshtpm_core::uses::Outcome;

    /// Everything that can become of a signature, but for errors of the same kind.
    fn errors_of_signatures() -> Vec<Error> {
        let purpose = NotPermitted::Purpose {
            key: Purposes::of_users(),
            asked: Purpose::Ca,
        };
        let namespace = NotPermitted::Namespace {
            key: Vec::new(),
            asked: "git".to_owned(),
        };
        vec![
            RequestError::NoSuchKey.into(),
            RequestError::Data(UnknownData::NotOfSsh).into(),
            RequestError::Data(UnknownData::Ambiguous { one: "", other: "" }).into(),
            RequestError::Flags(1).into(),
            RequestError::FlagsOfOtherData(1).into(),
            purpose.into(),
            namespace.into(),
            NotPermitted::Destination(NotThere::NoLogin).into(),
            NotPermitted::Forwarding.into(),
            PinError::Required.into(),
            PinError::Wrong(None).into(),
            PinError::UnderWay.into(),
            PinError::Reserve(None).into(),
            PinError::Lockout(None).into(),
            Refused::NotAuthorized.into(),
            Refused::Unanswered.into(),
            Refused::InteractionRequired.into(),
            Refused::TooManyPrompts.into(),
            Refused::AuthorityUnavailable.into(),
            LimitError::Requests(1).into(),
            LimitError::Queue(1).into(),
            TpmError::Unavailable(String::new()).into(),
            TpmError::ParentUnavailable(String::new()).into(),
            TpmError::KeyLost.into(),
            TpmError::WrongPin.into(),
            TpmError::InLockout.into(),
            TpmError::Failed.into(),
            TpmError::BadSignature.into(),
            TpmError::Limit(LimitError::Queue(1)).into(),
            StoreError::Full.into(),
            StoreError::NotWritable.into(),
            StoreError::KeysUnreadable.into(),
            StoreError::NoSuchKey.into(),
            StoreError::ChangedByAnother.into(),
            StoreError::TooLong.into(),
        ]
    }

    #[test]
    fn the_record_of_use_has_the_words_that_the_caller_is_told() {
        for error in errors_of_signatures() {
            let outcome = Outcome::of_error(error.kind());
            let name = kind(&error).name();
            assert_eq!(name.rsplit('.').next(), Some(outcome.name()), "{error:?}");
        }
    }
}
