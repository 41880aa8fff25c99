//! polkitd, with the shipped actions, and with the rules that a test writes.

use std::process::Command;

use crate::bus::{owner_of, wait_for_owner};
use crate::daemon::Daemon;
use crate::machine::Machine;
use crate::user::Running;
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
        let daemon = Daemon::start(machine, "polkitd", Command::new(PROGRAM));
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
        let mut command = Command::new(PROGRAM);
        command.arg("--replace");
        let next = Daemon::start(machine, "polkitd", command);
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

/// Puts a rule into place while polkitd runs, whole at once.
///
/// # Panics
///
/// The machine's `/etc` cannot be written.
pub fn add_rule(machine: &Machine, name: &str, rule: &str) {
    let path = rule_path(name);
    let new = format!("{path}.new");
    let added =
        machine.enter(|| std::fs::write(&new, rule).and_then(|()| std::fs::rename(&new, &path)));
    added.expect("root can write polkit's rules");
}

/// Takes it away again.
///
/// # Panics
///
/// It was not there.
pub fn remove_rule(machine: &Machine, name: &str) {
    let removed = machine.enter(|| std::fs::remove_file(rule_path(name)));
    removed.expect("a rule that is there");
}

fn rule_path(name: &str) -> String {
    format!("/etc/polkit-1/rules.d/{name}.rules")
}

/// The signals by which polkitd says that it has read other rules.
pub struct Changes<'m> {
    machine: &'m Machine,
    monitor: Running,
}

impl<'m> Changes<'m> {
    /// Begins to count.
    ///
    /// # Panics
    ///
    /// The bus does not let root watch.
    pub fn watch(machine: &'m Machine) -> Self {
        let rule =
            "type='signal',interface='org.freedesktop.PolicyKit1.Authority',member='Changed'";
        let monitor = machine.root().command("dbus-monitor --system").arg(rule);
        let monitor = monitor.start();
        wait::until("a monitor", wait::START, || {
            // The bus takes the unique name from a connection that becomes a monitor.
            monitor.stdout().contains("member=NameLost").then_some(())
        });
        Self { machine, monitor }
    }

    /// How many there were by now.
    pub fn count(&self) -> usize {
        self.monitor.stdout().matches("member=Changed").count()
    }

    /// Waits until there were more than `before`, and the bus daemon has sent them to everybody.
    ///
    /// # Panics
    ///
    /// There are none.
    pub fn wait_for_more_than(&self, before: usize) {
        wait::until("polkit's signal", wait::EFFECT, || {
            (self.count() > before).then_some(())
        });
        // It answers when it has sent the signal to the last one.
        owner_of(self.machine, NAME);
    }
}
