//! Signals without pause: in polkit's place, that its rules have changed; or about what concerns
//! nobody, to tell what dbus-daemon alone makes of as many.

use std::io;

use super::bus_frame::{Body, Frame, Kind};
use super::raw_bus::RawBus;
use super::threads::{done, on_threads};

/// Signals between two lines of output: nothing answers them, so they are many.
const BATCH: usize = 64;

/// What a signal says.
#[derive(Clone, Copy, Debug)]
pub struct Said {
    path: &'static str,
    interface: &'static str,
    /// Whether every other one goes to the broker alone.
    to_broker: bool,
}

/// That polkit's rules have changed.
pub const POLKIT: Said = Said {
    path: "/org/freedesktop/PolicyKit1/Authority",
    interface: "org.freedesktop.PolicyKit1.Authority",
    to_broker: true,
};

/// Nothing that anybody listens to.
pub const NOBODY: Said = Said {
    path: "/org/example",
    interface: "org.example.Nothing",
    to_broker: false,
};

/// Sends them.
///
/// # Errors
///
/// The bus cannot be reached.
pub fn run(connections: usize, said: Said) -> io::Result<()> {
    let changed = |destination| Frame {
        kind: Kind::Signal,
        destination,
        path: said.path,
        interface: said.interface,
        member: "Changed",
        signature: "",
        body: Body::default(),
    };
    let both = [
        changed(said.to_broker.then_some(sshtpm_dbus::BUS_NAME)),
        changed(None),
    ];
    on_threads(connections, |_| {
        let mut bus = RawBus::connect()?;
        loop {
            for frame in both.iter().cycle().take(BATCH) {
                bus.send(frame)?;
            }
            done();
        }
    })
}
