//! A program that is asking.

use std::io;
use std::process::ExitStatus;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use super::refusal::Refusal;

/// A program that is asking. Dropping this ends the program and the processes that it started.
pub(super) struct Running(Child);

impl Running {
    /// Starts `command`.
    ///
    /// # Errors
    ///
    /// It cannot be run.
    pub(super) fn start(command: &mut Command) -> Result<Self, Refusal> {
        // The program is often a script around a dialogue, which must not stay on the screen.
        command.process_group(0).kill_on_drop(true);
        let spawned = command.spawn().map_err(|error| Refusal::NoProgram {
            program: command.as_std().get_program().to_owned(),
            why: error.to_string(),
        });
        spawned.map(Self)
    }

    /// What it writes. Taken once.
    pub(super) fn output(&mut self) -> Option<ChildStdout> {
        self.0.stdout.take()
    }

    /// What it reads. Taken once.
    pub(super) fn input(&mut self) -> Option<ChildStdin> {
        self.0.stdin.take()
    }

    /// Waits for its end.
    ///
    /// # Errors
    ///
    /// The kernel does not say.
    pub(super) async fn end(&mut self) -> io::Result<ExitStatus> {
        self.0.wait().await
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The ID still belongs to this process, because its exit status was not fetched yet.
        let group = self.0.id().and_then(|pid| i32::try_from(pid).ok());
        if let Some(group) = group {
            let _ = killpg(Pid::from_raw(group), Signal::SIGKILL);
        }
    }
}
