//! Errors as they cross the bus: one kind for each thing that a caller can do about it.
//!
//! Texts are for people and never carry causes from inside the broker; those are in its journal.

use zbus::message::{Header, Message};
use zbus::names::ErrorName;

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

/// What a caller can do about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// Name one of your own keys: this one does not exist, or is not yours.
    NoSuchKey,
    /// Ask the administrator: polkit said no, or the person asked did.
    NotAuthorized,
    /// Look at polkit: it did not answer, which counts as no.
    AuthorizationUnavailable,
    /// Call again with the flag `ALLOW_INTERACTIVE_AUTHORIZATION` and an authentication agent.
    InteractiveAuthorizationRequired,
    /// Correct the arguments.
    InvalidArgs,
    /// Name a user whom this machine knows.
    NoSuchUser,
    /// Choose an algorithm from the property `Algorithms`.
    UnsupportedAlgorithm,
    /// Delete something, or wait until earlier requests are served.
    LimitsExceeded,
    /// Wait for the TPM, or look why it is away: property `State`.
    TpmUnavailable,
    /// Have the administrator provide a parent key: the text says how.
    ParentKeyUnavailable,
    /// Have the TPM's owner do what the text says: the owner hierarchy has a password.
    TpmOwnerPassword,
    /// Look at the hardware: the TPM answered with an error or a wrong signature.
    TpmFailed,
    /// Generate a new key: this one's parent is gone from the TPM.
    KeyLost,
    /// Use another program: the data is nothing that SSH signs, or can be read in two ways.
    UnknownData,
    /// Use another key, or relax this one's purposes: it may not sign data of this kind.
    PurposeNotPermitted,
    /// Use another key, or relax this one's namespaces: it may not sign in this one.
    NamespaceNotPermitted,
    /// Use another key, or relax this one's destinations: it may not log in there.
    DestinationNotPermitted,
    /// Use the key on this machine, or allow forwarding: it may not be used from another one.
    ForwardingNotPermitted,
    /// Unlock the key, or give its PIN.
    PinRequired,
    /// Give the right PIN.
    WrongPin,
    /// Wait: too many PINs were wrong. The text says until when, and who can help.
    PinTriesExceeded,
    /// Make room on the disk, or make it writable.
    StorageUnavailable,
    /// Start the broker: nobody owns its bus name.
    BrokerUnavailable,
    /// Report it: the broker's journal has the cause.
    Internal,
}

impl ErrorKind {
    pub(crate) const ALL: [Self; 24] = [
        Self::NoSuchKey,
        Self::NotAuthorized,
        Self::AuthorizationUnavailable,
        Self::InteractiveAuthorizationRequired,
        Self::InvalidArgs,
        Self::NoSuchUser,
        Self::UnsupportedAlgorithm,
        Self::LimitsExceeded,
        Self::TpmUnavailable,
        Self::ParentKeyUnavailable,
        Self::TpmOwnerPassword,
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
        Self::BrokerUnavailable,
        Self::Internal,
    ];

    /// The D-Bus error name. Where the specification or the field has a name, that one is used.
    pub fn name(self) -> &'static str {
        match self {
            Self::NoSuchKey => "org.sshtpm.Broker1.Error.NoSuchKey",
            Self::NotAuthorized => "org.sshtpm.Broker1.Error.NotAuthorized",
            Self::AuthorizationUnavailable => "org.sshtpm.Broker1.Error.AuthorizationUnavailable",
            Self::InteractiveAuthorizationRequired => {
                "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired"
            }
            Self::InvalidArgs => "org.freedesktop.DBus.Error.InvalidArgs",
            Self::NoSuchUser => "org.sshtpm.Broker1.Error.NoSuchUser",
            Self::UnsupportedAlgorithm => "org.sshtpm.Broker1.Error.UnsupportedAlgorithm",
            Self::LimitsExceeded => "org.freedesktop.DBus.Error.LimitsExceeded",
            Self::TpmUnavailable => "org.sshtpm.Broker1.Error.TpmUnavailable",
            Self::ParentKeyUnavailable => "org.sshtpm.Broker1.Error.ParentKeyUnavailable",
            Self::TpmOwnerPassword => "org.sshtpm.Broker1.Error.TpmOwnerPassword",
            Self::TpmFailed => "org.sshtpm.Broker1.Error.TpmFailed",
            Self::KeyLost => "org.sshtpm.Broker1.Error.KeyLost",
            Self::UnknownData => "org.sshtpm.Broker1.Error.UnknownData",
            Self::PurposeNotPermitted => "org.sshtpm.Broker1.Error.PurposeNotPermitted",
            Self::NamespaceNotPermitted => "org.sshtpm.Broker1.Error.NamespaceNotPermitted",
            Self::DestinationNotPermitted => "org.sshtpm.Broker1.Error.DestinationNotPermitted",
            Self::ForwardingNotPermitted => "org.sshtpm.Broker1.Error.ForwardingNotPermitted",
            Self::PinRequired => "org.sshtpm.Broker1.Error.PinRequired",
            Self::WrongPin => "org.sshtpm.Broker1.Error.WrongPin",
            Self::PinTriesExceeded => "org.sshtpm.Broker1.Error.PinTriesExceeded",
            Self::StorageUnavailable => "org.sshtpm.Broker1.Error.StorageUnavailable",
            Self::BrokerUnavailable => "org.freedesktop.DBus.Error.ServiceUnknown",
            Self::Internal => "org.sshtpm.Broker1.Error.Internal",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Error {}

impl zbus::DBusError for Error {
    fn create_reply(&self, call: &Header<'_>) -> zbus::Result<Message> {
        Message::error(call, self.kind.name()).build(&self.text)
    }

    fn name(&self) -> ErrorName<'_> {
        ErrorName::from_static_str_unchecked(self.kind.name())
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
        match ErrorKind::from_name(name) {
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
    use super::ErrorKind;

    #[test]
    fn every_kind_is_found_again_by_its_name() {
        for kind in ErrorKind::ALL {
            assert_eq!(ErrorKind::from_name(kind.name()), Some(kind));
        }
    }

    #[test]
    fn an_unknown_name_is_no_kind() {
        assert_eq!(
            ErrorKind::from_name("org.sshtpm.Broker1.Error.Nonsense"),
            None
        );
    }
}
