//! Interface `org.sshtpm.Broker1.Channels`: the client's proxy.

use std::collections::HashMap;

use zbus::{OwnedFd, Variant};

/// Opening a channel: a connection to the broker that no other user shares.
#[zbus::proxy(
    interface = "org.sshtpm.Broker1.Channels",
    default_service = "org.sshtpm.Broker1",
    default_path = "/org/sshtpm/Broker1"
)]
pub trait Channels {
    /// Opens a channel: the client's end of a socket on which the broker is a D-Bus server, peer to
    /// peer. It serves the other interfaces to the caller for as long as the caller's
    /// connection to the bus is open.
    fn open_channel(&self, options: &HashMap<&str, Variant<'_>>) -> zbus::Result<OwnedFd>;
}
