//! Errors as they cross the bus: one kind for each thing that a caller can do about it.
//!
//! Texts are for people and never carry causes from inside the broker; those are in its journal.

use zbus::message::{Header, Message};
use zbus::names::ErrorName;

use sshtpm_ssh::error_kind::ErrorKind;

use crate::names::ERROR_PREFIX;

/// An error of the broker, or on the way to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    text: String,
}

impl Error {
    /// An error of `kind`; `text` says what failed, why, and what to do next.
    pub fn new(kind: ErrorKind, text: impl Into<String>) -> Self {
        Self {
            kind,
            text: text.into(),
        }
    }

    /// What the caller can do about it.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What failed, why, and what to do next, in words.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// The D-Bus name of an error of `kind`. Where the specification or the field has a name, that one
/// is used. [`ErrorKind::CallerGone`] has none of its own: it reaches no caller.
pub fn bus_name(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::NoSuchKey => "org.sshtpm.Broker1.Error.NoSuchKey",
        ErrorKind::NotAuthorized | ErrorKind::CallerGone => {
            "org.sshtpm.Broker1.Error.NotAuthorized"
        }
        ErrorKind::AuthorizationUnavailable => "org.sshtpm.Broker1.Error.AuthorizationUnavailable",
        ErrorKind::InteractiveAuthorizationRequired => {
            "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired"
        }
        ErrorKind::InvalidArgs => "org.freedesktop.DBus.Error.InvalidArgs",
        ErrorKind::NoSuchUser => "org.sshtpm.Broker1.Error.NoSuchUser",
        ErrorKind::UnsupportedAlgorithm => "org.sshtpm.Broker1.Error.UnsupportedAlgorithm",
        ErrorKind::LimitsExceeded => "org.freedesktop.DBus.Error.LimitsExceeded",
        ErrorKind::TpmUnavailable => "org.sshtpm.Broker1.Error.TpmUnavailable",
        ErrorKind::ParentKeyUnavailable => "org.sshtpm.Broker1.Error.ParentKeyUnavailable",
        ErrorKind::TpmOwnerPassword => "org.sshtpm.Broker1.Error.TpmOwnerPassword",
        ErrorKind::TpmFailed => "org.sshtpm.Broker1.Error.TpmFailed",
        ErrorKind::KeyLost => "org.sshtpm.Broker1.Error.KeyLost",
        ErrorKind::KeyBoundToOtherPcrs => "org.sshtpm.Broker1.Error.KeyBoundToOtherPcrs",
        ErrorKind::UnknownData => "org.sshtpm.Broker1.Error.UnknownData",
        ErrorKind::PurposeNotPermitted => "org.sshtpm.Broker1.Error.PurposeNotPermitted",
        ErrorKind::NamespaceNotPermitted => "org.sshtpm.Broker1.Error.NamespaceNotPermitted",
        ErrorKind::DestinationNotPermitted => "org.sshtpm.Broker1.Error.DestinationNotPermitted",
        ErrorKind::ForwardingNotPermitted => "org.sshtpm.Broker1.Error.ForwardingNotPermitted",
        ErrorKind::NoUnlockedSession => "org.sshtpm.Broker1.Error.NoUnlockedSession",
        ErrorKind::PinRequired => "org.sshtpm.Broker1.Error.PinRequired",
        ErrorKind::WrongPin => "org.sshtpm.Broker1.Error.WrongPin",
        ErrorKind::PinTriesExceeded => "org.sshtpm.Broker1.Error.PinTriesExceeded",
        ErrorKind::StorageUnavailable => "org.sshtpm.Broker1.Error.StorageUnavailable",
        ErrorKind::BrokerUnavailable => "org.freedesktop.DBus.Error.ServiceUnknown",
        ErrorKind::Internal => "org.sshtpm.Broker1.Error.Internal",
    }
}

fn kind_of(bus_name_of_error: &str) -> Option<ErrorKind> {
    let mut kinds = ErrorKind::ALL.into_iter();
    kinds.find(|&kind| bus_name(kind) == bus_name_of_error)
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Error {}

impl zbus::DBusError for Error {
    fn create_reply(&self, call: &Header<'_>) -> zbus::Result<Message> {
        Message::error(call, bus_name(self.kind)).build(&self.text)
    }

    fn name(&self) -> ErrorName<'_> {
        ErrorName::from_static_str_unchecked(bus_name(self.kind))
    }

    fn description(&self) -> Option<&str> {
        Some(&self.text)
    }
}

impl From<zbus::Error> for Error {
    /// What a client makes of a failed call.
    fn from(error: zbus::Error) -> Self {
        match error {
            zbus::Error::MethodError(name, text, _) => Self::from_reply(&name, text.as_deref()),
            zbus::Error::FDO(error) => {
                let name = zbus::DBusError::name(&*error);
                Self::from_reply(&name, zbus::DBusError::description(&*error))
            }
            zbus::Error::InputOutput(error) if error.kind() == std::io::ErrorKind::TimedOut => {
                Self::new(
                    ErrorKind::BrokerUnavailable,
                    "the broker did not answer in time",
                )
            }
            other => Self::new(
                ErrorKind::BrokerUnavailable,
                format!("cannot talk to the system bus: {other}"),
            ),
        }
    }
}

impl Error {
    fn from_reply(name: &str, text: Option<&str>) -> Self {
        let text = text.unwrap_or("no further explanation");
        match kind_of(name) {
            Some(ErrorKind::BrokerUnavailable) => Self::new(
                ErrorKind::BrokerUnavailable,
                "sshtpm-broker is not running; see `systemctl status sshtpm-broker`",
            ),
            Some(kind) => Self::new(kind, text),
            None if name.starts_with(ERROR_PREFIX) => Self::new(ErrorKind::Internal, text),
            None => Self::new(ErrorKind::BrokerUnavailable, format!("{text} ({name})")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ErrorKind, bus_name, kind_of};

    fn sent() -> impl Iterator<Item = ErrorKind> {
        let all = ErrorKind::ALL.into_iter();
        all.filter(|kind| *kind != ErrorKind::CallerGone)
    }

    #[test]
    fn every_kind_is_found_again_by_its_name() {
        for kind in sent() {
            assert_eq!(kind_of(bus_name(kind)), Some(kind));
        }
    }

    #[test]
    fn a_name_ends_with_the_word_in_the_record_of_use() {
        // The bus itself says that there is no broker.
        for kind in sent().filter(|kind| *kind != ErrorKind::BrokerUnavailable) {
            assert_eq!(bus_name(kind).rsplit('.').next(), Some(kind.name()));
        }
    }

    #[test]
    fn an_unknown_name_is_no_kind() {
        assert_eq!(kind_of("org.sshtpm.Broker1.Error.Nonsense"), None);
    }
}
