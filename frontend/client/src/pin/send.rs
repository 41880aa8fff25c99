//! Writes a PIN to the broker through a pipe, after checking that root sent the pipe.
//!
//! May touch: the system bus, and the pipe. Must never write to a pipe from a user other than root.
//!
//! Specs: `OpenSecret` in `org.sshtpm.Broker1.xml`.

use std::collections::HashMap;
use std::fs::File;
use std::io::Write;
use std::os::fd::OwnedFd;

use sshtpm_dbus::{Error, KeysProxy};
use sshtpm_ssh::error_kind::ErrorKind;
use zbus::Variant;
use zbus::fdo::DBusProxy;
use zbus::message::Message;
use zbus::names::BusName;

use super::secret::Pin;

/// The uid of root.
const ROOT: u32 = 0;

/// Gives `pin` to the broker, and returns the number with which one further call can refer to it.
///
/// Asks the bus for the owner of the unique name that the bus wrote into the answer. The bus never
/// reuses such a name, so it does not matter which process owns the broker's name a moment later.
///
/// # Errors
///
/// The broker refuses or cannot be reached, or a process that is not root's answers in its name.
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

/// The uid of the connection that sent `answer`.
async fn owner(connection: &zbus::Connection, answer: &Message) -> zbus::Result<u32> {
    let header = answer.header();
    let sender = header.sender().ok_or(zbus::Error::MissingField)?;
    let bus = DBusProxy::new(connection).await?;
    let sender = BusName::Unique(sender.as_ref());
    Ok(bus.get_connection_unix_user(sender).await?)
}

/// Writes `pin` and closes the pipe. This does not wait, because a pipe has room for a PIN.
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
