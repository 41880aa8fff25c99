//! Runs the agent in the background (`sshtpm-agent -s`).
//!
//! A process with threads cannot fork safely. The agent therefore starts its own program again,
//! with the listening socket as standard input. The new process reports on standard output that
//! it serves.
//!
//! Specs: ssh-agent(1); setsid(2).

use std::fs::OpenOptions;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixListener;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdout, Command, Stdio};

use nix::unistd::{close, dup2_stderr, dup2_stdin, dup2_stdout, setsid};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::retry_on_intr;

use super::environment::{Shell, print};
use crate::error::AgentError;
use crate::listening::socket::SocketFile;

/// What the new process writes once it serves.
const READY: u8 = b'\n';

/// How long the new process may take until it serves. It waits for nothing, so the limit is meant
/// for an overloaded machine.
const MAX_START: Timespec = Timespec {
    tv_sec: 30,
    tv_nsec: 0,
};

/// The last of the three files that every process has.
const STANDARD_ERROR: i32 = 2;

/// Starts the agent in the background, on `listener` and with the arguments of this process, and
/// prints the commands for `shell`.
///
/// # Errors
///
/// The agent cannot be started, ends at once or is too slow, or the commands cannot be printed. No
/// process is left behind then.
pub(crate) fn start(
    listener: UnixListener,
    file: SocketFile,
    shell: Shell,
) -> Result<(), AgentError> {
    let mut child = spawn(listener, &file).map_err(AgentError::Background)?;
    let started = wait_until_ready(&mut child, MAX_START)
        .and_then(|()| print(&shell.started(file.path(), child.id())));
    match started {
        Ok(()) => file.leave(),
        Err(_) => {
            // It fails if the process has already ended.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
    started
}

fn spawn(listener: UnixListener, file: &SocketFile) -> io::Result<Child> {
    Command::new("/proc/self/exe")
        .arg0("sshtpm-agent")
        .arg("--adopt")
        .arg(file.id().to_string())
        .arg("--adopted-path")
        .arg(file.path())
        .args(file.is_in_own_directory().then_some("--in-own-directory"))
        .args(std::env::args_os().skip(1))
        .current_dir("/")
        .stdin(Stdio::from(OwnedFd::from(listener)))
        .stdout(Stdio::piped())
        .spawn()
}

fn wait_until_ready(child: &mut Child, limit: Timespec) -> Result<(), AgentError> {
    let mut ready = [0];
    let said = match child.stdout.take() {
        Some(mut out) => {
            wait_until_readable(&out, limit)?;
            out.read(&mut ready).map_err(AgentError::Background)?
        }
        None => 0,
    };
    if said == 1 && ready == [READY] {
        Ok(())
    } else {
        Err(AgentError::DidNotStart)
    }
}

fn wait_until_readable(out: &ChildStdout, limit: Timespec) -> Result<(), AgentError> {
    let readable = retry_on_intr(|| poll(&mut [PollFd::new(out, PollFlags::IN)], Some(&limit)));
    match readable.map_err(|error| AgentError::Background(error.into()))? {
        0 => Err(AgentError::StartTooSlow(limit.tv_sec)),
        _ => Ok(()),
    }
}

/// For the new process: takes the listening socket from standard input and leaves the terminal.
///
/// # Errors
///
/// Standard input cannot be copied or replaced.
pub(crate) fn take_listener() -> Result<UnixListener, AgentError> {
    let taken = || {
        close_inherited()?;
        let listener = io::stdin().as_fd().try_clone_to_owned()?;
        dup2_stdin(null()?)?;
        // Fails only if this process already leads a session, which is fine, too.
        let _ = setsid();
        Ok(UnixListener::from(listener))
    };
    taken().map_err(AgentError::Background)
}

/// For the new process: reports to the process that started it that it serves, and closes its
/// output. Otherwise `eval $(sshtpm-agent)` would wait for ever.
///
/// # Errors
///
/// The process that started it is gone.
pub(crate) fn announce() -> Result<(), AgentError> {
    let announced = || {
        let mut out = io::stdout().lock();
        out.write_all(&[READY])?;
        out.flush()?;
        let null = null()?;
        dup2_stdout(&null)?;
        dup2_stderr(&null)?;
        Ok(())
    };
    announced().map_err(AgentError::Background)
}

/// Closes the files that the shell had open, or an agent that lives for days would hold their
/// locks and pipes. The agent itself has opened none yet.
fn close_inherited() -> io::Result<()> {
    let open = std::fs::read_dir("/proc/self/fd")?;
    let open = open.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok());
    for descriptor in open.collect::<Vec<_>>() {
        if descriptor > STANDARD_ERROR {
            // The descriptor of the listing itself is already closed.
            let _ = close(descriptor);
        }
    }
    Ok(())
}

fn null() -> io::Result<std::fs::File> {
    OpenOptions::new().read(true).write(true).open("/dev/null")
}

#[cfg(test)]
mod tests {
    use super::wait_until_ready;
    use crate::error::AgentError;
    use rustix::event::Timespec;
    use std::process::{Command, Stdio};

    fn started(script: &str, seconds: i64) -> Result<(), AgentError> {
        let mut command = Command::new("sh");
        command.args(["-c", script]).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let limit = Timespec {
            tv_sec: seconds,
            tv_nsec: 1,
        };
        let started = wait_until_ready(&mut child, limit);
        child.kill().unwrap();
        child.wait().unwrap();
        started
    }

    #[test]
    fn an_agent_that_reports_has_started() {
        assert!(started("echo; exec sleep 60", 10).is_ok());
    }

    #[test]
    fn an_agent_that_ends_has_not_started() {
        let started = started("exit 1", 10);
        assert!(matches!(started, Err(AgentError::DidNotStart)));
    }

    #[test]
    fn the_wait_for_an_agent_that_reports_nothing_has_a_bound() {
        let started = started("exec sleep 60", 0);
        assert!(matches!(started, Err(AgentError::StartTooSlow(_))));
    }
}
