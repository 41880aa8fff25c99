//! Renames a key again and again: each time the store writes a record and has the disk keep it.

use std::io;

use super::bus_frame::Body;
use super::raw_bus::{RawBus, to_broker};
use super::threads::{done, on_threads};

/// Does it to the key with `fingerprint`.
///
/// # Errors
///
/// The bus cannot be reached.
pub fn run(connections: usize, fingerprint: &str) -> io::Result<()> {
    on_threads(connections, |number| {
        let mut bus = RawBus::connect()?;
        for count in 0_u64.. {
            let mut body = Body::default();
            body.string(fingerprint);
            body.string(&format!("name {number} {count}"));
            body.options(&Body::default());
            bus.call(&to_broker(
                sshtpm_dbus::KEYS_INTERFACE,
                "SetComment",
                "ssa{sv}",
                body,
            ))?;
            done();
        }
        Ok(())
    })
}
