//! A program that runs on: started, watched, signalled, and its log kept for when a test fails.

use std::process::{Child, Command, ExitStatus, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::log::Log;
use crate::machine::Machine;
use crate::wait;

/// What our programs log: `usual`, or what [`LOG_VARIABLE`] says.
pub fn log_level(usual: &str) -> String {
    std::env::var(LOG_VARIABLE).unwrap_or_else(|_| usual.to_owned())
}

/// Names what our programs log, for measurements of programs that log as they do when they are
/// installed.
pub const LOG_VARIABLE: &str = "SSHTPM_TEST_LOG";

/// A running program; killed when dropped.
pub struct Daemon {
    child: Child,
    log: Log,
}

impl Daemon {
    /// Starts `command` inside `machine`.
    ///
    /// # Panics
    ///
    /// There is no such program.
    pub fn start(machine: &Machine, name: &str, mut command: Command) -> Self {
        let log = Log::new(name);
        machine.remember(log.clone());
        command
            .stdin(Stdio::null())
            .stdout(log.writer())
            .stderr(log.writer());
        let child = machine.start(command);
        let child = child.unwrap_or_else(|error| panic!("cannot start {name}: {error}"));
        Self { child, log }
    }

    /// Sends `signal`.
    ///
    /// # Panics
    ///
    /// It has ended.
    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.child.id().cast_signed());
        kill(pid, signal).expect("a process that was not waited for can be signalled");
    }

    /// Ends it at once, as a power failure would.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Asks it to end (SIGTERM), and waits for that.
    ///
    /// # Panics
    ///
    /// It does not end.
    pub fn stop(&mut self) -> ExitStatus {
        self.signal(Signal::SIGTERM);
        self.wait()
    }

    /// Waits for its end.
    ///
    /// # Panics
    ///
    /// It does not end.
    pub fn wait(&mut self) -> ExitStatus {
        let what = format!("the end of {}", self.log.name());
        wait::until(&what, wait::START, || self.ended())
    }

    /// How it ended, if it did.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child
            .try_wait()
            .expect("one's own child can be waited for")
    }

    /// Its number, as seen from the test.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it has said so far.
    pub fn log(&self) -> String {
        self.log.text()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if let Some(status) = self.ended() {
            self.log.add(&format!("(it had ended: {status})"));
        }
        self.kill();
    }
}
