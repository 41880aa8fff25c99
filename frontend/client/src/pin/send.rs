//! A PIN on its way to the broker: through a pipe, after a look at who holds the other end.
//!
//! May touch: the system bus, and the pipe that the broker gives. Must never write to a pipe that
//! came from anybody but root.
//!
//! Specs: `OpenSecret` in `org.sshtpm.Broker1.xml`.

use std::collections::HashMap;
use std::fs::File;
use std::io::Write;
use std::os::fd::OwnedFd;

use sshtpm_dbus::{Error, ErrorKind, KeysProxy};
use zbus::Variant;
use zbus::fdo::DBusProxy;
use zbus::message::Message;
use zbus::names::BusName;

use super::secret::Pin;

/// root, whatever its name is.
const ROOT: u32 = 0;

/// Gives `pin` to the broker, and returns the number by which one further call names it.
///
/// Whoever answered is asked about by the name that the bus wrote into the answer, which is never
/// another's: so it does not matter who owns the broker's name a moment later.
///
/// # Errors
///
/// The broker refuses or cannot be reached, or what answers in its name is not root's.
pub async fn send(keys: &KeysProxy<'_>, pin: &Pin) -> Result<u32, Error> {
    let proxy = keys.inner();
    let options: HashMap<&str, Variant<'_>> = HashMap::new();
    let answer = proxy.call_method("OpenSecret", &(options,)).await?;
    let owner = owner(proxy.connection(), &answer).await?;
    if owner != ROOT {
        return Err(not_root(owner));
    }
    let (number, pipe): (u32, zbus::OwnedFd) = answer.body().deserialize()?;
    write(pipe.into(), pin).map_err(|error| {
        let text = format!("sshtpm-broker did not take the PIN: {error}");
        Error::new(ErrorKind::BrokerUnavailable, text)
    })?;
    Ok(number)
}

/// As whom the connection runs that sent `answer`.
async fn owner(connection: &zbus::Connection, answer: &Message) -> zbus::Result<u32> {
    let header = answer.header();
    let sender = header.sender().ok_or(zbus::Error::MissingField)?;
    let bus = DBusProxy::new(connection).await?;
    let sender = BusName::Unique(sender.as_ref());
    Ok(bus.get_connection_unix_user(sender).await?)
}

/// A pipe holds a PIN, so this does not wait; the end of it is that the pipe is closed.
fn write(pipe: OwnedFd, pin: &Pin) -> std::io::Result<()> {
    File::from(pipe).write_all(pin.bytes())
}

fn not_root(owner: u32) -> Error {
    let text = format!(
        "user {owner} answers in the name of sshtpm-broker and got no PIN: only root may; \
         see `busctl status org.sshtpm.Broker1` and the bus policy"
    );
    Error::new(ErrorKind::BrokerUnavailable, text)
}
