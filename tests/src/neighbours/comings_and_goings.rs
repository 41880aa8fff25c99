//! Connects, calls once, and leaves, as fast as it goes. The broker asks the bus who each is.

use std::io;

use super::bus_frame::Body;
use super::raw_bus::{RawBus, to_broker};
use super::threads::{done, on_threads};

/// Does it.
///
/// # Errors
///
/// The bus cannot be reached.
pub fn run(connections: usize) -> io::Result<()> {
    let list = to_broker(
        sshtpm_dbus::KEYS_INTERFACE,
        "List",
        "a{sv}",
        Body::no_options(),
    );
    on_threads(connections, |_| {
        loop {
            // dbus-daemon refuses some while earlier ones are not cleared away.
            if let Ok(mut bus) = RawBus::connect() {
                bus.send(&list)?;
                done();
            }
        }
    })
}
