//! The errors that end `sshtpm-agent`: what failed, why, and what to do next.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::config::NotConfigured;
use crate::only::NotASelection;

/// An error that ends `sshtpm-agent` before it serves a client.
#[derive(Debug, thiserror::Error)]
pub(super) enum AgentError {
    #[error("XDG_RUNTIME_DIR is not set to an absolute path; name a socket with -a PATH")]
    NoRuntimeDirectory,
    #[error(
        "the path of the socket has {} bytes, and the limit is 107: {}; \
         name a shorter one with -a PATH",
        .0.as_os_str().len(), .0.display()
    )]
    PathTooLong(PathBuf),
    #[error("cannot create {}: {source}", path.display())]
    CannotCreate { path: PathBuf, source: io::Error },
    #[error(
        "{} must be a directory of yours that no other user can enter; \
         remove it, or run `chmod 700` on it",
        .0.display()
    )]
    NotPrivate(PathBuf),
    #[error(
        "cannot open {}, the directory of the socket: {source}; \
         create it, or name another socket with -a PATH",
        path.display()
    )]
    Directory { path: PathBuf, source: io::Error },
    #[error(
        "another program holds a lock on {}; \
         try again, or name a socket in another directory with -a PATH",
        .0.display()
    )]
    DirectoryLocked(PathBuf),
    #[error(
        "an agent already listens at {}; \
         set SSH_AUTH_SOCK to use it, or name another socket with -a PATH",
        .0.display()
    )]
    AlreadyServed(PathBuf),
    #[error(
        "{} exists and is not a socket of yours; remove it, or name another socket with -a PATH",
        .0.display()
    )]
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
    #[error(
        "cannot start the agent in the background: {0}; `sshtpm-agent -D` runs in the foreground"
    )]
    Background(io::Error),
    #[error("cannot print what agent.toml says: {0}")]
    NotPrinted(toml::ser::Error),
    #[error("the agent did not start; its own message is above")]
    DidNotStart,
    #[error("the agent did not start within {0} s; run `sshtpm-agent -d` to see why")]
    StartTooSlow(i64),
    #[error(
        "SSH_AGENT_PID is not set, so the agent to end is not known; \
         to end an agent of systemd, run `systemctl --user stop sshtpm-agent.service`"
    )]
    NoAgentPid,
    #[error("SSH_AGENT_PID is not a process ID; set it to the one that the agent printed")]
    BadAgentPid,
    #[error("there is no process {0}; the agent has already ended")]
    AgentGone(i32),
    #[error("process {0} is not an sshtpm-agent of yours and was not ended; check SSH_AGENT_PID")]
    NotAnAgent(i32),
    #[error("cannot end process {pid}: {source}")]
    CannotEnd { pid: i32, source: io::Error },
    #[error("SSHTPM_LOG must be one of off, error, warn, info, debug and trace")]
    BadLogLevel,
    #[error("cannot print the commands for the shell: {0}")]
    Output(io::Error),
    #[error(transparent)]
    NotConfigured(#[from] NotConfigured),
    #[error("--only: {0}")]
    Only(#[from] NotASelection),
    #[error("the path is chosen when the agent starts; name a socket with -a PATH")]
    NoPathYet,
    #[error("cannot ask for a PIN: {0}")]
    Askpass(io::Error),
    #[error("cannot set up the process: {0}")]
    Process(io::Error),
}

/// The exit status for a wrong configuration: `EX_CONFIG` of sysexits.h. The units do not restart
/// the agent then.
const WRONG_CONFIGURATION: u8 = 78;

impl AgentError {
    /// The exit status of the program.
    pub(super) fn exit_code(&self) -> ExitCode {
        match self {
            Self::NotConfigured(_) => ExitCode::from(WRONG_CONFIGURATION),
            _ => ExitCode::FAILURE,
        }
    }
}
