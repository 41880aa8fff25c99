//! dbus-daemon, of type system, with the distribution's own configuration and the shipped policy.

use std::os::unix::net::UnixStream;
use std::process::Command;

use crate::call::Request;
use crate::daemon::Daemon;
use crate::machine::Machine;
use crate::neighbours::bus_frame::Body;
use crate::neighbours::raw_bus::{Answered, RawBus, to_bus};
use crate::wait;

/// Where it listens: the place where clients look when they are told nothing else.
const SOCKET: &str = "/run/dbus/system_bus_socket";

/// A running dbus-daemon.
pub struct Bus {
    /// The process.
    pub daemon: Daemon,
}

impl Bus {
    /// Starts it and waits until it listens.
    ///
    /// # Panics
    ///
    /// It does not come up.
    pub fn start(machine: &Machine) -> Self {
        let options = ["--system", "--nofork", "--nopidfile", "--nosyslog"];
        let mut command = Command::new("dbus-daemon");
        command.args(options);
        let daemon = Daemon::start(machine, "dbus-daemon", command);
        wait::until("dbus-daemon", wait::START, || {
            machine.enter(|| UnixStream::connect(SOCKET)).ok()
        });
        Self { daemon }
    }
}

/// Waits until `name` has an owner on the bus (`owned`), or has none.
///
/// # Panics
///
/// That does not happen.
pub fn wait_for_owner(machine: &Machine, name: &str, owned: bool) {
    let what = if owned {
        "an owner of"
    } else {
        "the release of"
    };
    let mut arguments = Body::default();
    arguments.string(name);
    let question = to_bus("GetNameOwner", "s", arguments);
    // Over one connection: a program for each look would take longer than what is waited for.
    machine.enter(|| {
        let mut bus = wait::until("the bus", wait::START, || RawBus::connect().ok());
        bus.give_up_after(wait::START).expect("some time");
        wait::until(&format!("{what} {name}"), wait::START, || {
            let answer = bus.call(&question).ok()?;
            ((answer == Answered::Returned) == owned).then_some(())
        });
    });
}

/// The unique name of the owner of `name` on the bus.
pub fn owner_of(machine: &Machine, name: &str) -> Option<String> {
    let request = Request::to_bus("GetNameOwner").with(name);
    let reply = machine.root().call(&request).ok()?;
    Some(reply.get(0)?.as_str()?.to_owned())
}
