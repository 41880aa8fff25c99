//! Sets a property, which nobody may, to a value that the broker's library decodes before any code
//! of the broker sees the message.

use std::io;
use std::time::Duration;

use super::bus_frame::Body;
use super::raw_bus::{Answered, RawBus, to_broker};
use super::threads::{done, on_threads};

/// Bytes of a value: with the header it stays below what dbus-daemon lets pass (32 MiB).
const VALUE_BYTES: usize = 30_000_000;

/// Values in a list: each takes four bytes on the wire.
const VALUES: usize = 1_000_000;

/// Connections that send so much at a time. dbus-daemon keeps what it cannot deliver, and this
/// machine has to survive.
const MOST_AT_ONCE: usize = 4;

/// Pause after a refusal: without a broker each is refused at once.
const PAUSE: Duration = Duration::from_millis(20);

/// What a property is set to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// `ay`
    Bytes,
    /// `av`
    Variants,
}

/// Does it.
///
/// # Errors
///
/// The bus cannot be reached.
pub fn run(connections: usize, value: Value) -> io::Result<()> {
    let frame = to_broker("org.freedesktop.DBus.Properties", "Set", "ssv", body(value));
    on_threads(connections.min(MOST_AT_ONCE), |_| {
        let mut bus = RawBus::connect()?;
        loop {
            if bus.call(&frame)? == Answered::Refused {
                std::thread::sleep(PAUSE);
            }
            done();
        }
    })
}

fn body(value: Value) -> Body {
    let mut body = Body::default();
    body.string(sshtpm_dbus::TPM_INTERFACE);
    body.string("State");
    match value {
        Value::Bytes => {
            body.type_name("ay");
            body.bytes(&vec![7; VALUE_BYTES]);
        }
        Value::Variants => {
            let one = [1, b'y', 0, 7];
            body.type_name("av");
            body.bytes(&one.repeat(VALUES));
        }
    }
    body
}
