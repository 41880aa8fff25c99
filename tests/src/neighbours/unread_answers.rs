//! Calls with long answers, and never reads one. What the bus daemon keeps of them counts against
//! the broker that sent them.

use std::io;
use std::time::Duration;

use super::bus_frame::Body;
use super::raw_bus::{RawBus, to_broker};
use super::threads::{LONGEST, done, on_threads};

/// After that a connection takes no more, and another call is tried.
const FULL: Duration = Duration::from_millis(250);

/// Pause between calls: faster ones are refused, and a refusal is short.
const PAUSE: Duration = Duration::from_millis(1);

/// Does it.
///
/// # Errors
///
/// The bus cannot be reached.
pub fn run(connections: usize) -> io::Result<()> {
    let keys = sshtpm_dbus::KEYS_INTERFACE;
    let calls = [
        to_broker(keys, "List", "a{sv}", Body::no_options()),
        to_broker(keys, "GetUses", "a{sv}", Body::no_options()),
        to_broker(
            "org.freedesktop.DBus.Introspectable",
            "Introspect",
            "",
            Body::default(),
        ),
    ];
    on_threads(connections, |_| {
        let mut bus = RawBus::connect()?;
        bus.give_up_after(FULL)?;
        for call in calls.iter().cycle() {
            match bus.send(call) {
                Ok(_) => done(),
                // A part of a message went out; the rest of it can no longer follow.
                Err(_) => return hold(bus),
            }
            std::thread::sleep(PAUSE);
        }
        Ok(())
    })
}

/// Keeps the connection, with all that waits for it, until the process ends.
fn hold(bus: RawBus) -> io::Result<()> {
    std::thread::sleep(LONGEST);
    drop(bus);
    Ok(())
}
