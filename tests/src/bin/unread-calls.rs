//! Calls the broker over the bus, and never reads an answer.
//!
//! `unread-calls CONNECTIONS CALLS MEMBER` opens so many connections and sends so many calls on
//! each, as long as the bus takes them. It prints `sent` and how many it sent, and holds the
//! connections until it is ended.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use sshtpm_dbus::{BUS_NAME, KEYS_INTERFACE, OBJECT_PATH};
use zbus::{Message, Variant};

type Failure = Box<dyn std::error::Error>;

const SOCKET: &str = "/run/dbus/system_bus_socket";

/// How long the bus may take nothing before no more is sent.
const PATIENCE: Duration = Duration::from_secs(1);

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let connections: usize = arguments
        .next()
        .ok_or("no number of connections")?
        .parse()?;
    let calls: usize = arguments.next().ok_or("no number of calls")?.parse()?;
    let member = arguments.next().ok_or("no member")?;
    let mut held = Vec::new();
    let mut sent = 0;
    for _ in 0..connections {
        let mut bus = connect()?;
        // Each has a number of its own.
        let mut send = || bus.write_all(call(&member)?.data());
        sent += (0..calls).take_while(|_| send().is_ok()).count();
        held.push(bus);
    }
    println!("sent {sent}");
    nix::unistd::pause();
    Ok(())
}

/// Authenticates and says Hello. Specs: D-Bus Specification, "Authentication Protocol".
fn connect() -> Result<UnixStream, Failure> {
    let mut bus = UnixStream::connect(SOCKET)?;
    let uid = nix::unistd::getuid().to_string();
    let uid: String = uid.bytes().map(|digit| format!("{digit:02x}")).collect();
    write!(bus, "\0AUTH EXTERNAL {uid}\r\n")?;
    let mut line = String::new();
    BufReader::new(bus.try_clone()?).read_line(&mut line)?;
    if !line.starts_with("OK") {
        return Err(format!("the bus answers {line:?}").into());
    }
    let hello = Message::method_call("/org/freedesktop/DBus", "Hello")
        .destination("org.freedesktop.DBus")
        .interface("org.freedesktop.DBus")
        .build(&())?;
    bus.write_all(b"BEGIN\r\n")?;
    bus.write_all(hello.data())?;
    bus.set_write_timeout(Some(PATIENCE))?;
    Ok(bus)
}

fn call(member: &str) -> io::Result<Message> {
    let introspects = member == "Introspect";
    let interface = match introspects {
        true => "org.freedesktop.DBus.Introspectable",
        false => KEYS_INTERFACE,
    };
    let call = Message::method_call(OBJECT_PATH, member)
        .destination(BUS_NAME)
        .interface(interface);
    let options: HashMap<&str, Variant<'_>> = HashMap::new();
    let call = match introspects {
        true => call.build(&()),
        false => call.build(&(options,)),
    };
    call.map_err(io::Error::other)
}
