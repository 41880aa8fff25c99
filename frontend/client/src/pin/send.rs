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

use super::secret::Pin;
use crate::bus::check_root;

/// Gives `pin` to the broker, and returns the number with which one further call can refer to it.
/// A channel is root's: that was checked when it was opened.
///
/// # Errors
///
/// The broker refuses or cannot be reached, or a process that is not root's answers in its name.
pub async fn send(keys: &KeysProxy<'_>, pin: &Pin) -> Result<u32, Error> {
    let proxy = keys.inner();
    let options: HashMap<&str, Variant<'_>> = HashMap::new();
    let answer = proxy.call_method("OpenSecret", &(options,)).await?;
    if proxy.connection().is_bus() {
        check_root(proxy.connection(), &answer).await?;
    }
    let (number, pipe): (u32, zbus::OwnedFd) = answer.body().deserialize()?;
    write(pipe.into(), pin).map_err(|error| {
        let text = format!("sshtpm-broker did not take the PIN: {error}");
        Error::new(ErrorKind::BrokerUnavailable, text)
    })?;
    Ok(number)
}

/// Writes `pin` and closes the pipe. This does not wait, because a pipe has room for a PIN.
fn write(pipe: OwnedFd, pin: &Pin) -> std::io::Result<()> {
    File::from(pipe).write_all(pin.bytes())
}
