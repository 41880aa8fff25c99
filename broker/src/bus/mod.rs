//! The only room that serves D-Bus.
//!
//! Purpose: find out who is calling, parse what they say into the core's types, and turn the
//! core's answers into replies. May touch: the system bus and the user database. Must never decide
//! anything: what is not parsed here is refused, and what is parsed goes to the core.

mod callers;
mod error;
mod front_door;
mod key_info;
mod key_use;
mod keys;
mod options;
mod secrets;
mod tpm;
mod users;

use std::sync::Arc;
use std::time::Duration;

use sshtpm_dbus::{BUS_NAME, OBJECT_PATH};
use tokio::sync::watch;
use zbus::connection::Builder;
use zbus::fdo::{RequestNameFlags, RequestNameReply};

use sshtpm_core::ports::Ports;
use sshtpm_core::service::Service;
use sshtpm_core::tpm_facts::TpmStatus;

pub(crate) use tpm::TpmPlace;

/// How long we wait for an answer from the bus daemon or polkitd. A person at a prompt has a
/// shorter limit of their own, in the room that asks.
const BUS_LIMIT: Duration = Duration::from_secs(150);

/// Connects to the system bus, without a name yet.
///
/// # Errors
///
/// There is no system bus, or it does not let us in.
pub(crate) async fn connect() -> zbus::Result<zbus::Connection> {
    Builder::system().method_timeout(BUS_LIMIT).build().await
}

/// Serves `service` at `connection`, and then takes the well-known name, so that the first caller
/// finds everything in place.
///
/// # Errors
///
/// Somebody else has the name, or the bus policy does not give it to us.
pub(crate) async fn serve<P: Ports>(
    connection: &zbus::Connection,
    service: Arc<Service<P>>,
    place: TpmPlace,
    status: watch::Receiver<TpmStatus>,
) -> zbus::Result<()> {
    let callers = callers::Callers::start(connection).await?;
    let door = front_door::FrontDoor::new(callers);
    let secrets = secrets::Secrets::default();
    let server = connection.object_server();
    server
        .at(
            OBJECT_PATH,
            keys::Keys::new(door.clone(), Arc::clone(&service), secrets.clone()),
        )
        .await?;
    server
        .at(OBJECT_PATH, tpm::Tpm::new(door, service, place, secrets))
        .await?;
    let tpm = server.interface::<_, tpm::Tpm<P>>(OBJECT_PATH).await?;
    tokio::spawn(tpm::announce(tpm, status));
    take_name(connection).await
}

/// Takes the name if it is free, and for good. Another process of root may own the name too, and
/// must not be able to slip in between a client and the broker.
async fn take_name(connection: &zbus::Connection) -> zbus::Result<()> {
    let flags = RequestNameFlags::DO_NOT_QUEUE;
    match connection.request_name_with_flags(BUS_NAME, flags).await? {
        RequestNameReply::PrimaryOwner => Ok(()),
        _ => Err(zbus::Error::NameTaken),
    }
}
