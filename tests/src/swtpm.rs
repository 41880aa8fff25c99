//! swtpm, a TPM in software behind a TCP port of the machine.

use std::net::TcpStream;
use std::process::Command;

use nix::sys::signal::Signal;

use crate::daemon::Daemon;
use crate::machine::Machine;
use crate::output::Output;
use crate::wait;

/// Port for TPM commands; the next one is for control.
pub const PORT: u16 = 2321;

/// Where its memory is kept, so that a new process is the same TPM.
pub const STATE: &str = "/var/lib/swtpm";

/// How libtss2 reaches it.
pub const TCTI: &str = "swtpm:host=127.0.0.1,port=2321";

/// A TPM that is on.
pub struct Swtpm {
    daemon: Daemon,
}

impl Swtpm {
    /// Switches it on, with the state that it had; the first time it is a new one.
    ///
    /// # Panics
    ///
    /// It does not come up.
    pub fn start(machine: &Machine) -> Self {
        let made = machine.enter(|| std::fs::create_dir_all(STATE));
        made.expect("root can make a directory");
        let mut command = Command::new("swtpm");
        command.args(["socket", "--tpm2", "--flags", "not-need-init,startup-clear"]);
        command.args(["--tpmstate", &format!("dir={STATE}")]);
        command.args([
            "--server",
            &format!("type=tcp,port={PORT},bindaddr=127.0.0.1"),
        ]);
        command.args([
            "--ctrl",
            &format!("type=tcp,port={},bindaddr=127.0.0.1", PORT + 1),
        ]);
        let daemon = Daemon::start(machine, "swtpm", command);
        wait::until("swtpm", wait::START, || {
            // The control port: a connection to the other one would keep the broker's waiting.
            machine
                .enter(|| TcpStream::connect(("127.0.0.1", PORT + 1)))
                .ok()
        });
        Self { daemon }
    }

    /// Switches it off as a machine that shuts down does: TPM2_Shutdown first. Without it a TPM
    /// counts one failed try if a key with dictionary-attack protection was used.
    ///
    /// # Panics
    ///
    /// It does not answer, or does not end.
    pub fn power_off(mut self, machine: &Machine) {
        tool(machine, "tpm2_shutdown --clear").ok();
        self.daemon.stop();
    }

    /// Pulls it out.
    pub fn kill(mut self) {
        self.daemon.kill();
    }

    /// Stops it from answering. Its port stays open.
    pub fn freeze(&self) {
        self.daemon.signal(Signal::SIGSTOP);
    }

    /// Has it go on.
    pub fn thaw(&self) {
        self.daemon.signal(Signal::SIGCONT);
    }
}

/// Runs one of tpm2-tools as root against the machine's TPM.
pub fn tool(machine: &Machine, words: &str) -> Output {
    let command = machine.root().command(words);
    command.env("TPM2TOOLS_TCTI", TCTI).run()
}
