//! Runs the command of `sshtpm-agent COMMAND`, with which the agent ends.
//!
//! Specs: ssh-agent(1).

use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{ExitCode, ExitStatus};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::process::{Child, Command};

use super::environment::{PID, SOCKET};
use super::stop::{Ending, Stop};
use crate::error::AgentError;
use crate::listening::activation;

/// Shells add this to the number of the signal that ended a command.
const SIGNAL_BASE: i32 = 128;

/// A command that runs beside the agent.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
}

impl Running {
    /// Starts `program` with `arguments`, and names `socket` and this process in its environment.
    ///
    /// # Errors
    ///
    /// The program does not exist or cannot be run.
    pub(crate) fn start(
        program: &OsString,
        arguments: &[OsString],
        socket: &Path,
    ) -> Result<Self, AgentError> {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env(SOCKET, socket)
            .env(PID, std::process::id().to_string());
        for variable in activation::VARIABLES {
            command.env_remove(variable);
        }
        let child = command.spawn().map_err(|source| AgentError::Command {
            command: program.clone(),
            source,
        })?;
        Ok(Self { child })
    }

    /// Waits until the command ends, and returns its exit status as a shell would.
    ///
    /// Passes on signals that would end the agent, so that the command decides. SIGINT comes from
    /// the terminal, which sends it to the command as well.
    pub(crate) async fn wait(&mut self, stop: &mut Stop) -> ExitCode {
        loop {
            tokio::select! {
                status = self.child.wait() => return status.map_or(ExitCode::FAILURE, exit_code),
                ending = stop.next() => match ending {
                    Ending::Terminate => self.pass_on(Signal::SIGTERM),
                    Ending::Hangup => self.pass_on(Signal::SIGHUP),
                    Ending::Interrupt => {}
                },
            }
        }
    }

    fn pass_on(&self, signal: Signal) {
        let pid = self.child.id().and_then(|pid| i32::try_from(pid).ok());
        if let Some(pid) = pid {
            // It fails only if the command has just ended. The next turn of the loop sees that.
            let _ = kill(Pid::from_raw(pid), signal);
        }
    }
}

fn exit_code(status: ExitStatus) -> ExitCode {
    let signal = || status.signal().map(|signal| signal + SIGNAL_BASE);
    let code = status.code().or_else(signal);
    let code = code.and_then(|code| u8::try_from(code).ok());
    code.map_or(ExitCode::FAILURE, ExitCode::from)
}
