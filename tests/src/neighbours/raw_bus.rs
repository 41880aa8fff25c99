//! A connection to the system bus on which anything can be sent, and nothing has to be read.
//!
//! Specs: D-Bus Specification, "Authentication Protocol" (EXTERNAL) and "Message Format".

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use nix::unistd::getuid;

use super::bus_frame::{Body, Frame, Kind};

/// Where dbus-daemon listens in a machine.
const SOCKET: &str = "/run/dbus/system_bus_socket";

/// Bytes of the fixed part of a header, with the length of the fields at its end.
const HEADER_BYTES: usize = 16;

/// Longest message that is read, in bytes: as the bus daemon has it.
const MAX_MESSAGE_BYTES: usize = 32 * 1024 * 1024;

/// A connection that has introduced itself.
#[derive(Debug)]
pub struct RawBus {
    stream: BufReader<UnixStream>,
    serial: u32,
}

/// An answer, as far as a load wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    /// `METHOD_RETURN`
    Returned,
    /// `ERROR`
    Refused,
}

impl RawBus {
    /// Connects, proves who this is, and says hello.
    ///
    /// # Errors
    ///
    /// There is no bus, or it does not let us in.
    pub fn connect() -> io::Result<Self> {
        let mut stream = BufReader::new(UnixStream::connect(SOCKET)?);
        let uid = getuid().to_string();
        let digits = uid.bytes().map(|digit| format!("{digit:02x}"));
        let hello = format!("\0AUTH EXTERNAL {}\r\n", digits.collect::<String>());
        stream.get_mut().write_all(hello.as_bytes())?;
        let mut line = String::new();
        stream.read_line(&mut line)?;
        if !line.starts_with("OK") {
            return Err(io::Error::other(format!("the bus says {line:?}")));
        }
        stream.get_mut().write_all(b"BEGIN\r\n")?;
        let mut bus = Self { stream, serial: 0 };
        bus.call(&to_bus("Hello", "", Body::default()))?;
        Ok(bus)
    }

    /// Sends `frame`, and waits for nothing.
    ///
    /// # Errors
    ///
    /// The bus closed the connection, or takes no more within [`RawBus::give_up_after`].
    pub fn send(&mut self, frame: &Frame<'_>) -> io::Result<u32> {
        self.serial = self.serial.wrapping_add(1).max(1);
        let bytes = frame.bytes(self.serial);
        self.stream.get_mut().write_all(&bytes)?;
        Ok(self.serial)
    }

    /// Sends `frame`, and waits for its answer.
    ///
    /// # Errors
    ///
    /// The bus closed the connection.
    pub fn call(&mut self, frame: &Frame<'_>) -> io::Result<Answered> {
        let serial = self.send(frame)?;
        loop {
            if let Some(answered) = answer_to(serial, &self.message()?) {
                return Ok(answered);
            }
        }
    }

    /// How long writing and reading may take.
    ///
    /// # Errors
    ///
    /// It is no time at all.
    pub fn give_up_after(&self, time: Duration) -> io::Result<()> {
        self.stream.get_ref().set_write_timeout(Some(time))?;
        self.stream.get_ref().set_read_timeout(Some(time))
    }

    /// The next message, whole.
    fn message(&mut self) -> io::Result<Vec<u8>> {
        let mut message = vec![0; HEADER_BYTES];
        self.stream.read_exact(&mut message)?;
        let fields = number(&message, 12).next_multiple_of(8);
        let length = HEADER_BYTES + fields + number(&message, 4);
        if length > MAX_MESSAGE_BYTES {
            return Err(io::Error::other("the bus sends too long a message"));
        }
        message.resize(length, 0);
        self.stream
            .read_exact(message.get_mut(HEADER_BYTES..).unwrap_or_default())?;
        Ok(message)
    }
}

/// A call to the bus itself.
pub fn to_bus<'a>(member: &'a str, signature: &'a str, body: Body) -> Frame<'a> {
    Frame {
        kind: Kind::Call,
        destination: Some("org.freedesktop.DBus"),
        path: "/org/freedesktop/DBus",
        interface: "org.freedesktop.DBus",
        member,
        signature,
        body,
    }
}

/// A call to the broker.
pub fn to_broker<'a>(
    interface: &'a str,
    member: &'a str,
    signature: &'a str,
    body: Body,
) -> Frame<'a> {
    Frame {
        kind: Kind::Call,
        destination: Some(sshtpm_dbus::BUS_NAME),
        path: sshtpm_dbus::OBJECT_PATH,
        interface,
        member,
        signature,
        body,
    }
}

/// Types of messages.
const METHOD_RETURN: u8 = 2;
const ERROR: u8 = 3;

/// Header field `REPLY_SERIAL`, a `u`, as it is marshalled.
const REPLY_SERIAL: [u8; 4] = [5, 1, b'u', 0];

fn answer_to(serial: u32, message: &[u8]) -> Option<Answered> {
    let answered = match message.get(1) {
        Some(&METHOD_RETURN) => Answered::Returned,
        Some(&ERROR) => Answered::Refused,
        _ => return None,
    };
    let wanted = [REPLY_SERIAL, serial.to_le_bytes()].concat();
    let fields = message.get(HEADER_BYTES..)?;
    let is_it = fields.chunks(8).any(|field| field == wanted);
    is_it.then_some(answered)
}

fn number(message: &[u8], at: usize) -> usize {
    let digits = message.get(at..).and_then(|rest| rest.first_chunk());
    let number = u32::from_le_bytes(digits.copied().unwrap_or_default());
    usize::try_from(number).unwrap_or(usize::MAX / 4)
}
