//! `sshtpm-broker`, as root, as it is installed.

use std::process::Command;

use sshtpm_dbus::BUS_NAME;

use crate::bus::wait_for_owner;
use crate::daemon::{Daemon, log_level};
use crate::machine::Machine;
use crate::swtpm;

/// Its configuration file.
pub const CONFIG: &str = "/etc/sshtpm/broker.toml";

/// Where it keeps its state.
pub const STATE_DIRECTORY: &str = "/var/lib/sshtpm";

/// A running broker.
pub struct Broker {
    /// The process.
    pub daemon: Daemon,
}

impl Broker {
    /// Starts it and waits until it is on the bus.
    ///
    /// # Panics
    ///
    /// It does not come up.
    pub fn start(machine: &Machine) -> Self {
        let broker = Self::start_unseen(machine);
        wait_for_owner(machine, BUS_NAME, true);
        broker
    }

    /// Starts it and waits for nothing.
    pub fn start_unseen(machine: &Machine) -> Self {
        let mut command = Command::new("/opt/sshtpm/bin/sshtpm-broker");
        command.env("SSHTPM_LOG", log_level("info,sshtpm_broker=debug"));
        command.envs(environment());
        let daemon = Daemon::start(machine, "sshtpm-broker", command);
        Self { daemon }
    }

    /// Ends it as systemd does, and waits until the bus knows.
    ///
    /// # Panics
    ///
    /// It does not end, or not with success.
    pub fn stop(&mut self, machine: &Machine) {
        let status = self.daemon.stop();
        assert!(
            status.success(),
            "the broker ended with {status}:\n{}",
            self.daemon.log()
        );
        wait_for_owner(machine, BUS_NAME, false);
    }

    /// Ends it at once, and waits until the bus knows.
    ///
    /// # Panics
    ///
    /// The bus never knows.
    pub fn kill(&mut self, machine: &Machine) {
        self.daemon.kill();
        wait_for_owner(machine, BUS_NAME, false);
    }
}

/// What its unit sets in its environment.
///
/// # Panics
///
/// The unit sets something without a value.
pub fn environment() -> impl Iterator<Item = (&'static str, &'static str)> {
    let settings = UNIT
        .lines()
        .filter_map(|line| line.strip_prefix("Environment="));
    settings.map(|setting| setting.split_once('=').expect("NAME=VALUE"))
}

const UNIT: &str = include_str!("../../systemd/system/sshtpm-broker.service");

/// Writes the configuration: the TPM of the machine, and `more` lines of TOML after it.
///
/// # Panics
///
/// The machine's `/etc` cannot be written.
pub fn write_config(machine: &Machine, more: &str) {
    let content = format!("tpm = \"{}\"\n{more}\n", swtpm::TCTI);
    let written = machine.enter(|| std::fs::write(CONFIG, content));
    written.expect("root can write the configuration");
}
