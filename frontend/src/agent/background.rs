//! `sshtpm-agent -s`: going into the background.
//!
//! A process with threads cannot fork safely, so the agent starts itself anew, with the listening
//! socket as standard input, and says on standard output when it serves.
//!
//! Specs: ssh-agent(1); setsid(2).

use std::fs::OpenOptions;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixListener;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use nix::unistd::{close, dup2_stderr, dup2_stdin, dup2_stdout, setsid};

use super::environment::{Shell, print};
use super::error::AgentError;
use super::socket::SocketFile;

/// What the new process writes once it serves.
const READY: u8 = b'\n';

/// The last of the three files that every process has.
const STANDARD_ERROR: i32 = 2;

/// Starts the agent in the background, on `listener`, and prints where it is.
///
/// # Errors
///
/// It cannot be started, ended at once, or nobody reads the lines: then it is ended again.
pub(super) fn start(
    listener: UnixListener,
    file: SocketFile,
    shell: Shell,
) -> Result<(), AgentError> {
    let mut child = spawn(listener, &file).map_err(AgentError::Background)?;
    let started =
        wait_until_ready(&mut child).and_then(|()| print(&shell.started(file.path(), child.id())));
    match started {
        Ok(()) => file.leave(),
        Err(_) => {
            // It may have ended by itself already; either way it is not left behind.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
    started
}

fn spawn(listener: UnixListener, file: &SocketFile) -> io::Result<Child> {
    Command::new("/proc/self/exe")
        .arg0("sshtpm-agent")
        .arg("-a")
        .arg(file.path())
        .arg("--adopt")
        .arg(file.id().to_string())
        .current_dir("/")
        .stdin(Stdio::from(OwnedFd::from(listener)))
        .stdout(Stdio::piped())
        .spawn()
}

fn wait_until_ready(child: &mut Child) -> Result<(), AgentError> {
    let mut ready = [0];
    let said = match child.stdout.take() {
        Some(mut out) => out.read(&mut ready).map_err(AgentError::Background)?,
        None => 0,
    };
    if said == 1 && ready == [READY] {
        Ok(())
    } else {
        Err(AgentError::DidNotStart)
    }
}

/// In the new process: takes the listening socket from standard input and leaves the terminal.
///
/// # Errors
///
/// Standard input cannot be copied, or is needed no less after that.
pub(super) fn take_listener() -> Result<UnixListener, AgentError> {
    let taken = || {
        close_inherited()?;
        let listener = io::stdin().as_fd().try_clone_to_owned()?;
        dup2_stdin(null()?)?;
        // Fails only where this process leads a session already, which is just as well.
        let _ = setsid();
        Ok(UnixListener::from(listener))
    };
    taken().map_err(AgentError::Background)
}

/// In the new process: tells the one that started it that it may go, and lets go of its output,
/// or `eval $(sshtpm-agent)` would wait for ever.
///
/// # Errors
///
/// The one that started it is gone.
pub(super) fn announce() -> Result<(), AgentError> {
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

/// Closes what the shell had open: an agent that lives for days would hold its locks and pipes.
/// Nothing of its own is open yet.
fn close_inherited() -> io::Result<()> {
    let open = std::fs::read_dir("/proc/self/fd")?;
    let open = open.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok());
    for descriptor in open.collect::<Vec<_>>() {
        if descriptor > STANDARD_ERROR {
            // The one that listed the others is closed already.
            let _ = close(descriptor);
        }
    }
    Ok(())
}

fn null() -> io::Result<std::fs::File> {
    OpenOptions::new().read(true).write(true).open("/dev/null")
}
