//! What can keep the agent from starting or ending: what failed, why, and what to do next.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;

/// An error that ends `sshtpm-agent`, before it serves anybody.
#[derive(Debug, thiserror::Error)]
pub(super) enum AgentError {
    #[error("XDG_RUNTIME_DIR is not set to an absolute path; name a socket with -a PATH")]
    NoRuntimeDirectory,
    #[error("the path of the socket has {} bytes, and 107 are the most there can be: {}", .0.as_os_str().len(), .0.display())]
    PathTooLong(PathBuf),
    #[error("cannot create {}: {source}", path.display())]
    CannotCreate { path: PathBuf, source: io::Error },
    #[error("{} is not a directory of yours that nobody else can enter; remove it, or `chmod 700` it", .0.display())]
    NotPrivate(PathBuf),
    #[error("cannot use the directory of the socket, {}: {source}", path.display())]
    Directory { path: PathBuf, source: io::Error },
    #[error("another program holds a lock on {}; try again, or choose a directory of your own", .0.display())]
    DirectoryLocked(PathBuf),
    #[error("an agent already listens at {}; name it in SSH_AUTH_SOCK, or another socket with -a PATH", .0.display())]
    AlreadyServed(PathBuf),
    #[error("{} is in the way: it is not a socket of yours; remove it, or name another socket with -a PATH", .0.display())]
    InTheWay(PathBuf),
    #[error("cannot listen at {}: {source}", path.display())]
    CannotListen { path: PathBuf, source: io::Error },
    #[error("expected one listening socket from systemd, but {0}; see the .socket unit")]
    Activation(String),
    #[error("cannot run `{}`: {source}", command.display())]
    Command {
        command: OsString,
        source: io::Error,
    },
    #[error("cannot go into the background: {0}")]
    Background(io::Error),
    #[error("did not start; its own message is above")]
    DidNotStart,
    #[error("did not start within {0} s; look with `sshtpm-agent -d` what it waits for")]
    StartTooSlow(i64),
    #[error(
        "SSH_AGENT_PID is not set, so it is not known which agent to end; for one of systemd use `systemctl --user stop sshtpm-agent.service`"
    )]
    NoAgentPid,
    #[error("SSH_AGENT_PID is not the number of a process")]
    BadAgentPid,
    #[error("there is no process {0}; the agent is gone already")]
    AgentGone(i32),
    #[error("process {0} is not an sshtpm-agent of yours; it is left alone")]
    NotAnAgent(i32),
    #[error("cannot end process {pid}: {source}")]
    CannotEnd { pid: i32, source: io::Error },
    #[error("SSHTPM_LOG has to be one of off, error, warn, info, debug and trace")]
    BadLogLevel,
    #[error("cannot tell you what you need to know: {0}")]
    Output(io::Error),
    #[error("cannot ask for a PIN: {0}")]
    Askpass(io::Error),
    #[error("cannot set up the process: {0}")]
    Process(io::Error),
}
