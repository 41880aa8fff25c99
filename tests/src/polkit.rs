//! polkitd, with the shipped actions, and with the rules that a test writes.

use std::process::Command;

use crate::bus::{owner_of, wait_for_owner};
use crate::daemon::Daemon;
use crate::machine::Machine;
use crate::wait;

/// Where Debian has it.
const PROGRAM: &str = "/usr/lib/polkit-1/polkitd";

/// Its name on the bus.
const NAME: &str = "org.freedesktop.PolicyKit1";

/// A running polkitd. It starts as root and becomes user `polkitd` by itself.
pub struct Polkit {
    /// The process.
    pub daemon: Daemon,
}

impl Polkit {
    /// Starts it and waits until it is on the bus.
    ///
    /// # Panics
    ///
    /// It does not come up.
    pub fn start(machine: &Machine) -> Self {
        let daemon = Daemon::start(machine, "polkitd", &mut Command::new(PROGRAM));
        wait_for_owner(machine, NAME, true);
        Self { daemon }
    }

    /// Has another one take its place, and then ends it with all that it was asked.
    ///
    /// # Panics
    ///
    /// The other one does not come up.
    pub fn replace(&mut self, machine: &Machine) {
        let owner = || owner_of(machine, NAME);
        let before = owner();
        let next = Daemon::start(machine, "polkitd", Command::new(PROGRAM).arg("--replace"));
        wait::until("the next polkitd", wait::START, || {
            owner().filter(|owner| before.as_ref() != Some(owner))
        });
        self.daemon.kill();
        self.daemon = next;
    }

    /// Ends it, and waits until the bus knows.
    pub fn stop(&mut self, machine: &Machine) {
        self.daemon.stop();
        wait_for_owner(machine, NAME, false);
    }
}

/// Writes a rule (JavaScript) that polkitd reads when it starts.
///
/// # Panics
///
/// The machine's `/etc` cannot be written.
pub fn write_rule(machine: &Machine, rule: &str) {
    let path = "/etc/polkit-1/rules.d/10-test.rules";
    let written = machine.enter(|| std::fs::write(path, rule));
    written.expect("root can write polkit's rules");
}
