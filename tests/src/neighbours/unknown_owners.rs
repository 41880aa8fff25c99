//! Asks for the keys of users that do not exist, each another one: the user database is asked for
//! each.

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
    on_threads(connections, |number| {
        let mut bus = RawBus::connect()?;
        for count in 0_u64.. {
            let options = Body::text_option("owner", &format!("nobody-{number}-{count}"));
            bus.call(&to_broker(
                sshtpm_dbus::KEYS_INTERFACE,
                "List",
                "a{sv}",
                options,
            ))?;
            done();
        }
        Ok(())
    })
}
