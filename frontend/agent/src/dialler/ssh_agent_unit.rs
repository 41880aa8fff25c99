//! OpenSSH's `ssh-agent` as a unit of the user's service manager.
//!
//! Its socket has a path of its own, so it can be reached without a look at its environment.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::net::UnixStream;
use tokio::process::Command;
use tokio::time::{sleep, timeout};

/// The unit.
const UNIT: &str = "sshtpm-ssh-agent.service";

/// How long `systemctl` may take: it gives up a call after 25 s.
const MAX_STARTING: Duration = Duration::from_secs(30);

/// How often the socket is tried after the unit was started, and the time between two tries. The
/// agent makes its socket within milliseconds.
const TRIES: u32 = 50;

/// Time between two tries.
const PAUSE: Duration = Duration::from_millis(20);

/// The name of its socket.
const SOCKET: &str = "ssh-agent.sock";

/// Where it listens: beside the dialler.
pub(super) fn socket(dialler: &Path) -> PathBuf {
    dialler.with_file_name(SOCKET)
}

/// A new connection to the agent at `socket`, which is started if it does not run.
///
/// # Errors
///
/// It cannot be started.
pub(super) async fn dial(socket: &Path) -> io::Result<UnixStream> {
    if let Ok(stream) = UnixStream::connect(socket).await {
        return Ok(stream);
    }
    start().await?;
    for _ in 0..TRIES {
        if let Ok(stream) = UnixStream::connect(socket).await {
            return Ok(stream);
        }
        sleep(PAUSE).await;
    }
    Err(failed("it does not listen"))
}

async fn start() -> io::Result<()> {
    let mut command = Command::new("systemctl");
    command
        .args(["--user", "start", UNIT])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .kill_on_drop(true);
    let status = timeout(MAX_STARTING, command.status()).await;
    match status.map_err(|_| failed("systemctl does not answer"))? {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(failed("systemctl says why in the journal")),
        Err(error) => Err(failed(&format!("cannot run systemctl: {error}"))),
    }
}

fn failed(why: &str) -> io::Error {
    io::Error::other(format!(
        "OpenSSH's ssh-agent, which keeps ordinary keys, cannot be started: {why}; \
         see `systemctl --user status {UNIT}`, and install the package openssh-client if \
         /usr/bin/ssh-agent is missing"
    ))
}
