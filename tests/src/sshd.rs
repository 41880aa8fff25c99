//! OpenSSH's sshd, with the distribution's configuration and whatever a test adds to it.

use std::net::{Ipv4Addr, SocketAddr, TcpStream};
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
        Self::start_at(machine, SocketAddr::from((Ipv4Addr::LOCALHOST, PORT)))
    }

    /// Starts it with the configuration as it is, and waits until it listens at `address`.
    ///
    /// # Panics
    ///
    /// It does not come up.
    pub fn start_at(machine: &Machine, address: SocketAddr) -> Self {
        let mut command = Command::new("/usr/sbin/sshd");
        command.args(["-D", "-e"]);
        let mut daemon = Daemon::start(machine, "sshd", command);
        wait::until("sshd", wait::START, || {
            assert!(daemon.ended().is_none(), "sshd ended:\n{}", daemon.log());
            machine.enter(|| TcpStream::connect(address)).ok()
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

/// Whether the sshd of this machine proves an agent's ECDSA key to a client that does not know it,
/// as it does since OpenSSH 10.0. An older one ends the session.
///
/// # Panics
///
/// It does not say which it is.
pub fn proves_ecdsa_keys_of_an_agent() -> bool {
    let said = Command::new("/usr/sbin/sshd").arg("-V").output();
    let said = said.expect("sshd can be run").stderr;
    let said = String::from_utf8_lossy(&said);
    let (_, version) = said.split_once("OpenSSH_").expect("sshd says its version");
    let major = version.split(|c: char| !c.is_ascii_digit()).next();
    let major: u32 = major
        .and_then(|digits| digits.parse().ok())
        .expect("digits");
    major >= 10
}
