//! The connection to the system bus.
//!
//! May touch: the system bus.

use std::time::Duration;

use sshtpm_dbus::{BUS_NAME, Error};
use sshtpm_ssh::error_kind::ErrorKind;
use sshtpm_ssh::limits::MAX_INTERACTIVE_SECONDS;
use zbus::fdo::{self, DBusProxy};
use zbus::message::Message;
use zbus::names::{BusName, WellKnownName};

/// A connection to the system bus. Cloning is cheap and shares it.
#[derive(Debug, Clone)]
pub struct Bus(zbus::Connection);

impl Bus {
    /// Connects to the system bus, at `DBUS_SYSTEM_BUS_ADDRESS` or its standard address. Sets no
    /// limit on the time that connecting takes.
    ///
    /// # Errors
    ///
    /// `BrokerUnavailable`: the system bus cannot be reached, or refuses the connection.
    pub async fn connect() -> Result<Self, Error> {
        let connection = zbus::connection::Builder::system()
            .method_timeout(Duration::from_secs(MAX_INTERACTIVE_SECONDS))
            .build()
            .await?;
        Ok(Self(connection))
    }

    pub(crate) fn connection(&self) -> &zbus::Connection {
        &self.0
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.0.is_closed()
    }
}

/// The uid of root.
const ROOT: u32 = 0;

/// Checks that root sent `answer` over `connection`, which is one to the bus.
///
/// Asks the bus for the owner of the unique name that the bus wrote into the answer. The bus never
/// reuses such a name, so it does not matter which process owns the broker's name a moment later.
///
/// # Errors
///
/// `BrokerUnavailable`: another user sent it, or the bus does not say.
pub(crate) async fn check_root(
    connection: &zbus::Connection,
    answer: &Message,
) -> Result<(), Error> {
    is_root(owner(connection, answer).await?)
}

/// Checks that no user but root has the broker's name on the bus now.
///
/// An error that the bus itself sends says nothing of who has the name, and zbus does not keep who
/// sent one. If nobody has it, nobody answers.
///
/// # Errors
///
/// `BrokerUnavailable`: another user has it, or the bus does not say.
pub(crate) async fn check_owner(connection: &zbus::Connection) -> Result<(), Error> {
    let bus = DBusProxy::new(connection).await?;
    let name = WellKnownName::from_static_str_unchecked(BUS_NAME);
    match bus.get_connection_unix_user(BusName::WellKnown(name)).await {
        Ok(owner) => is_root(owner),
        Err(fdo::Error::NameHasNoOwner(_)) => Ok(()),
        Err(error) => Err(zbus::Error::from(error).into()),
    }
}

fn is_root(owner: u32) -> Result<(), Error> {
    if owner == ROOT {
        return Ok(());
    }
    let text = format!(
        "user {owner} answers in the name of sshtpm-broker, which only root may; it was told \
         nothing; see `busctl status org.sshtpm.Broker1` and the bus policy"
    );
    Err(Error::new(ErrorKind::BrokerUnavailable, text))
}

async fn owner(connection: &zbus::Connection, answer: &Message) -> zbus::Result<u32> {
    let header = answer.header();
    let sender = header.sender().ok_or(zbus::Error::MissingField)?;
    let bus = DBusProxy::new(connection).await?;
    let sender = BusName::Unique(sender.as_ref());
    Ok(bus.get_connection_unix_user(sender).await?)
}
