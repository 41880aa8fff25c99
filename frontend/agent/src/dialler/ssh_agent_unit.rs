//! OpenSSH's `ssh-agent` as a unit of the user's service manager.
//!
//! Its socket has a path of its own, so it can be reached without a look at its environment.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::net::UnixStream;
use tokio::process::Command;
use tokio::sync::Mutex;
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

/// The agent, which is started at most once at a time.
#[derive(Debug)]
pub(super) struct SshAgent {
    socket: PathBuf,
    starting: Mutex<()>,
}

impl SshAgent {
    /// The one beside this `dialler`.
    pub(super) fn beside(dialler: &Path) -> Self {
        Self {
            socket: socket(dialler),
            starting: Mutex::default(),
        }
    }

    /// A new connection to it. It is started if it does not run.
    ///
    /// # Errors
    ///
    /// It cannot be started.
    pub(super) async fn dial(&self) -> io::Result<UnixStream> {
        self.dial_after(start).await
    }

    /// The same; `start` starts it. Callers that come during the start wait for it.
    async fn dial_after(
        &self,
        start: impl AsyncFnOnce() -> io::Result<()>,
    ) -> io::Result<UnixStream> {
        if let Ok(stream) = self.connect().await {
            return Ok(stream);
        }
        let _turn = self.starting.lock().await;
        if let Ok(stream) = self.connect().await {
            return Ok(stream);
        }
        start().await?;
        for _ in 0..TRIES {
            if let Ok(stream) = self.connect().await {
                return Ok(stream);
            }
            sleep(PAUSE).await;
        }
        Err(failed("it does not listen"))
    }

    async fn connect(&self) -> io::Result<UnixStream> {
        UnixStream::connect(&self.socket).await
    }
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

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::io;

    use tokio::net::UnixListener;
    use tokio::task::yield_now;

    use super::SshAgent;

    #[tokio::test]
    async fn agents_that_come_at_once_share_one_start() {
        let directory = tempfile::tempdir().unwrap();
        let agent = SshAgent::beside(&directory.path().join("dialler.sock"));
        let started = RefCell::new(Vec::new());
        let start = async || {
            // Others come before it listens.
            yield_now().await;
            started
                .borrow_mut()
                .push(UnixListener::bind(&agent.socket)?);
            Ok(())
        };
        let [first, second, third] = [start; 3].map(|start| agent.dial_after(start));
        let (first, second, third) = tokio::join!(first, second, third);
        assert!(first.is_ok() && second.is_ok() && third.is_ok());
        assert_eq!(started.borrow().len(), 1);
    }

    #[tokio::test]
    async fn a_start_that_fails_is_tried_again_by_the_next_agent() {
        let directory = tempfile::tempdir().unwrap();
        let agent = SshAgent::beside(&directory.path().join("dialler.sock"));
        let fails = async || Err(io::ErrorKind::NotFound.into());
        assert!(agent.dial_after(fails).await.is_err());
        let mut listening = None;
        let works = async || {
            listening = Some(UnixListener::bind(&agent.socket)?);
            Ok(())
        };
        assert!(agent.dial_after(works).await.is_ok());
    }
}
