//! A channel to the broker, as a program opens it.

use std::collections::HashMap;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

use sshtpm_dbus::ChannelsProxy;
use zbus::Connection;
use zbus::connection::Builder;

/// Opens one for the connection `bus`, which has to stay open.
///
/// # Errors
///
/// The broker refuses, or cannot be reached.
pub async fn open(bus: &Connection) -> zbus::Result<Connection> {
    let channels = ChannelsProxy::new(bus).await?;
    let end = channels.open_channel(&HashMap::new()).await?;
    let stream = UnixStream::from(OwnedFd::from(end));
    Builder::unix_stream(stream).p2p().build().await
}
