//! The system bus: a connection on which every wait has an end, and the answers on it.
//!
//! May touch: the system bus. Must never cause a password prompt: looking is no reason to disturb a
//! person, so no call allows interactive authorization.

use std::time::Duration;

use zbus::fdo::{self, DBusProxy};
use zbus::names::BusName;

/// How long an answer may take: the default of D-Bus libraries. A service that the bus has to start
/// first gets no less time than elsewhere.
const MAX_ANSWER: Duration = Duration::from_secs(25);

/// A connection to the system bus.
#[derive(Debug)]
pub(crate) struct Bus {
    /// The connection itself.
    pub(crate) connection: zbus::Connection,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NoAnswer {
    /// There is no system bus.
    NoBus(String),
    /// The name has no owner, and the bus cannot start one.
    NoOwner(String),
    /// The owner of the name does not answer in time.
    Silent,
    /// The bus's policy does not let the call through.
    Denied(String),
    /// The method or property is not known there.
    Unknown,
    /// Anything else, with the name of the error.
    Other {
        /// The D-Bus name of the error; empty where it has none.
        name: String,
        /// What it says.
        text: String,
    },
}

impl Bus {
    /// Connects to the system bus (`DBUS_SYSTEM_BUS_ADDRESS`, or its standard place).
    ///
    /// # Errors
    ///
    /// [`NoAnswer::NoBus`].
    pub(crate) async fn connect() -> Result<Self, NoAnswer> {
        let connecting = async {
            zbus::connection::Builder::system()
                .method_timeout(MAX_ANSWER)
                .build()
                .await
        };
        match tokio::time::timeout(MAX_ANSWER, connecting).await {
            Ok(Ok(connection)) => Ok(Self { connection }),
            Ok(Err(error)) => Err(NoAnswer::NoBus(error.to_string())),
            Err(_elapsed) => Err(NoAnswer::NoBus("it does not answer".to_owned())),
        }
    }

    /// The uid behind a bus `name`, as the bus knows it.
    ///
    /// # Errors
    ///
    /// The name has no owner, or the bus does not answer.
    pub(crate) async fn owner_of(&self, name: &'static str) -> Result<u32, NoAnswer> {
        let name = BusName::try_from(name)?;
        let proxy = DBusProxy::new(&self.connection).await?;
        Ok(proxy.get_connection_unix_user(name).await?)
    }
}

impl From<zbus::Error> for NoAnswer {
    fn from(error: zbus::Error) -> Self {
        match error {
            zbus::Error::MethodError(name, text, _) => Self::from_reply(&name, text.as_deref()),
            zbus::Error::FDO(error) => (*error).into(),
            zbus::Error::InputOutput(error) if error.kind() == std::io::ErrorKind::TimedOut => {
                Self::Silent
            }
            other => Self::Other {
                name: String::new(),
                text: other.to_string(),
            },
        }
    }
}

impl From<fdo::Error> for NoAnswer {
    fn from(error: fdo::Error) -> Self {
        match error {
            fdo::Error::ZBus(error) => error.into(),
            other => Self::from_reply(
                &zbus::DBusError::name(&other),
                zbus::DBusError::description(&other),
            ),
        }
    }
}

impl NoAnswer {
    fn from_reply(name: &str, text: Option<&str>) -> Self {
        let text = text.unwrap_or("no further explanation").to_owned();
        let standard = name.strip_prefix("org.freedesktop.DBus.Error.");
        match standard {
            Some("ServiceUnknown" | "NameHasNoOwner") => Self::NoOwner(text),
            Some(spawn) if spawn.starts_with("Spawn.") => Self::NoOwner(text),
            Some("NoReply" | "Timeout" | "TimedOut") => Self::Silent,
            Some("AccessDenied") => Self::Denied(text),
            Some("UnknownMethod" | "UnknownInterface" | "UnknownProperty" | "UnknownObject") => {
                Self::Unknown
            }
            // What systemd says when the bus asks it to start a service.
            _ if name.starts_with("org.freedesktop.systemd1.") => Self::NoOwner(text),
            _ => Self::Other {
                name: name.to_owned(),
                text,
            },
        }
    }
}

impl std::fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoBus(text) | Self::NoOwner(text) | Self::Denied(text) => f.write_str(text),
            Self::Silent => write!(f, "no answer within {} seconds", MAX_ANSWER.as_secs()),
            Self::Unknown => f.write_str("it does not know the method or property"),
            Self::Other { name, text } if name.is_empty() => f.write_str(text),
            Self::Other { name, text } => write!(f, "{text} ({name})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::NoAnswer;

    fn of(name: &str) -> NoAnswer {
        NoAnswer::from_reply(name, Some("text"))
    }

    #[test]
    fn a_refusal_by_the_bus_is_told_from_a_broker_that_is_not_there() {
        let text = "text".to_owned();
        let denied = of("org.freedesktop.DBus.Error.AccessDenied");
        assert_eq!(denied, NoAnswer::Denied(text.clone()));
        for name in [
            "org.freedesktop.DBus.Error.ServiceUnknown",
            "org.freedesktop.DBus.Error.Spawn.ChildExited",
            "org.freedesktop.systemd1.NoSuchUnit",
        ] {
            assert_eq!(of(name), NoAnswer::NoOwner(text.clone()), "{name}");
        }
        let silent = of("org.freedesktop.DBus.Error.NoReply");
        assert_eq!(silent, NoAnswer::Silent);
        let unknown = of("org.freedesktop.DBus.Error.UnknownMethod");
        assert_eq!(unknown, NoAnswer::Unknown);
    }

    #[test]
    fn an_error_of_the_broker_s_own_keeps_its_name() {
        let error = of("org.sshtpm.Broker1.Error.NotAuthorized").to_string();
        assert_eq!(error, "text (org.sshtpm.Broker1.Error.NotAuthorized)");
    }
}
