//! OpenSSH's sshd, with the distribution's configuration and whatever a test adds to it.

use std::net::TcpStream;
use std::process::Command;

use crate::daemon::Daemon;
use crate::machine::Machine;
use crate::wait;

/// Where it listens: every machine has a network of its own.
const PORT: u16 = 22;

/// A running sshd.
pub struct Sshd {
    /// The process.
    pub daemon: Daemon,
}

impl Sshd {
    /// Starts it and waits until it listens.
    ///
    /// # Panics
    ///
    /// It does not come up.
    pub fn start(machine: &Machine) -> Self {
        add_config(
            machine,
            "50-test",
            "UsePAM no\nPasswordAuthentication no\nPidFile none\n",
        );
        let mut command = Command::new("/usr/sbin/sshd");
        command.args(["-D", "-e"]);
        let mut daemon = Daemon::start(machine, "sshd", &mut command);
        wait::until("sshd", wait::START, || {
            assert!(daemon.ended().is_none(), "sshd ended:\n{}", daemon.log());
            machine
                .enter(|| TcpStream::connect(("127.0.0.1", PORT)))
                .ok()
        });
        Self { daemon }
    }
}

/// Writes a file into `sshd_config.d`.
///
/// # Panics
///
/// The machine's `/etc` cannot be written.
pub fn add_config(machine: &Machine, name: &str, content: &str) {
    let path = format!("/etc/ssh/sshd_config.d/{name}.conf");
    let written = machine.enter(|| std::fs::write(path, content));
    written.expect("root can write sshd's configuration");
}
