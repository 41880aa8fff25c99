//! Opens a channel to the broker.
//!
//! May touch: the system bus, and the channel. Must never speak on a channel that a user other than
//! root sent, or have the bus do while such a user has the broker's name.
//!
//! Specs: `OpenChannel` in `org.sshtpm.Broker1.xml`; D-Bus Specification, "Authentication
//! Protocol".

use std::collections::HashMap;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use sshtpm_dbus::{BUS_NAME, CHANNELS_INTERFACE, Error, OBJECT_PATH};
use sshtpm_ssh::error_kind::ErrorKind;
use sshtpm_ssh::limits::{MAX_CALL_SECONDS, MAX_INTERACTIVE_SECONDS};
use tokio::time::timeout;
use zbus::Variant;
use zbus::connection::Builder;

use crate::bus::{Bus, check_owner, check_root};

/// How long the broker may take to start, and to open a channel.
const MAX_OPENING: Duration = Duration::from_secs(MAX_CALL_SECONDS);

/// A channel to the broker; `None` if there is none to be had, and the bus has to do.
///
/// # Errors
///
/// `BrokerUnavailable`: the broker does not answer in time, or a process that is not root's answers
/// in its name.
pub(crate) async fn open(bus: &Bus) -> Result<Option<zbus::Connection>, Error> {
    let late = |_| {
        let text = "sshtpm-broker does not answer; see `systemctl status sshtpm-broker`";
        Error::new(ErrorKind::BrokerUnavailable, text)
    };
    timeout(MAX_OPENING, try_open(bus)).await.map_err(late)?
}

async fn try_open(bus: &Bus) -> Result<Option<zbus::Connection>, Error> {
    let no_options: (HashMap<&str, Variant<'_>>,) = (HashMap::new(),);
    let connection = bus.connection();
    let answer = connection.call_method(
        Some(BUS_NAME),
        OBJECT_PATH,
        Some(CHANNELS_INTERFACE),
        "OpenChannel",
        &no_options,
    );
    // An older broker has none, and one with many channels has no more. What then answers over the
    // bus has to be root's all the same.
    let Ok(answer) = answer.await else {
        return check_owner(connection).await.map(|()| None);
    };
    check_root(connection, &answer).await?;
    let end: zbus::OwnedFd = answer.body().deserialize()?;
    let stream = UnixStream::from(OwnedFd::from(end));
    let channel = Builder::unix_stream(stream)
        .p2p()
        .method_timeout(Duration::from_secs(MAX_INTERACTIVE_SECONDS));
    // A broker that ends just now is there again for a call over the bus.
    Ok(channel.build().await.ok())
}
