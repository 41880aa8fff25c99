//! OpenSSH's `ssh-agent` as a child, for ordinary keys.
//!
//! It must not outlive this process, because it holds private keys. `ssh-agent PROGRAM` ends when
//! the program does, which it notices within 10 s (`ssh-agent.c`, `parent_alive_interval`). The
//! program is a shell that becomes `cat`, with a pipe from this process as its input: however this
//! process ends, the pipe closes and `cat` ends. An ordinary end also sends SIGTERM to the agent.
//!
//! Specs: ssh-agent(1).

use std::fs::Permissions;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::net::UnixStream;
use tokio::process::{Child, Command};
use tokio::sync::Mutex;

use super::dial::Starting;

/// The program, which the package `openssh-client` of Debian has.
const PROGRAM: &str = "ssh-agent";

/// Says which process the agent is, and stays as long as its input is open.
const WATCH: &str = "echo \"$SSH_AGENT_PID\"; exec cat";

/// Most bytes of the line with the process ID of the agent.
const MAX_PID_BYTES: u64 = 32;

/// OpenSSH's agent, which runs as soon as it was needed.
#[derive(Debug)]
pub(super) struct OpenSsh {
    options: Vec<String>,
    running: Mutex<Option<Running>>,
}

/// An agent that runs. Dropping it ends the agent.
#[derive(Debug)]
struct Running {
    socket: PathBuf,
    agent: Pid,
    /// The program beside it, and the parent of the agent. As long as it is not waited for, no
    /// other process gets the ID of the agent.
    _watch: Child,
    _directory: TempDir,
}

impl OpenSsh {
    /// One that will be started with `options`.
    pub(super) fn new(options: Vec<String>) -> Self {
        Self {
            options,
            running: Mutex::default(),
        }
    }

    /// A new connection to it. If it has ended, its keys are lost, and a new one is started.
    ///
    /// # Errors
    ///
    /// It does not run and may not be started, or cannot be started.
    pub(super) async fn dial(&self, starting: Starting) -> io::Result<UnixStream> {
        let mut running = self.running.lock().await;
        if let Some(there) = running.as_ref()
            && let Ok(stream) = UnixStream::connect(&there.socket).await
        {
            return Ok(stream);
        }
        if starting == Starting::Never {
            return Err(io::ErrorKind::NotFound.into());
        }
        *running = None;
        let started = Running::start(&self.options).await?;
        let stream = UnixStream::connect(&started.socket).await?;
        *running = Some(started);
        Ok(stream)
    }
}

impl Running {
    async fn start(options: &[String]) -> io::Result<Self> {
        let directory = directory()?;
        let socket = directory.path().join("ssh-agent.sock");
        let mut watch = spawn(&socket, options).map_err(explain)?;
        let agent = agent_of(&mut watch).await?;
        Ok(Self {
            socket,
            agent,
            _watch: watch,
            _directory: directory,
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It fails if the agent has already ended.
        let _ = kill(self.agent, Signal::SIGTERM);
    }
}

/// A fresh directory that only this user can enter.
fn directory() -> io::Result<TempDir> {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    let runtime = runtime.filter(|runtime| runtime.is_dir());
    tempfile::Builder::new()
        .prefix("sshtpm-")
        .permissions(Permissions::from_mode(0o700))
        .tempdir_in(runtime.unwrap_or_else(std::env::temp_dir))
}

fn spawn(socket: &Path, options: &[String]) -> io::Result<Child> {
    Command::new(PROGRAM)
        .arg("-a")
        .arg(socket)
        .args(options)
        .args(["sh", "-c", WATCH])
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        // An interrupt from the terminal is for the agent in front, which may go on.
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
}

/// The process ID that the program beside it says, once the agent listens.
async fn agent_of(watch: &mut Child) -> io::Result<Pid> {
    let said = watch.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
    let mut line = String::new();
    let mut said = BufReader::new(said.take(MAX_PID_BYTES));
    said.read_line(&mut line).await?;
    let agent = line.trim_end().parse().ok().filter(|&pid: &i32| pid > 1);
    agent
        .map(Pid::from_raw)
        .ok_or_else(|| io::Error::other(format!("{PROGRAM} did not start")))
}

fn explain(error: io::Error) -> io::Error {
    if error.kind() != io::ErrorKind::NotFound {
        return error;
    }
    let text = format!("{PROGRAM} is not installed; install the package openssh-client");
    io::Error::new(error.kind(), text)
}
