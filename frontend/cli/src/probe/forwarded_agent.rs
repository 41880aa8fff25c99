//! The agent that `ssh -A` brought along with this login.
//!
//! May touch: connects to the socket in `SSH_AUTH_SOCK`, and asks it nothing.
//!
//! Sources: sshd(8): it makes a socket and puts it into `SSH_AUTH_SOCK`; unix(7), `SO_PEERCRED`,
//! which names the process that listens; proc(5), `comm`. That process is `sshd`, since OpenSSH 9.8
//! `sshd-session`. What the path looks like differs between releases.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::net::UnixStream;

use super::ssh_agent::AgentOfSsh;

/// How long the socket may take to let us in.
const MAX_CONNECTING: Duration = Duration::from_secs(10);

/// Names of the process that listens.
const PROCESSES: [&str; 2] = ["sshd", "sshd-session"];

/// Its socket, if this session has one.
pub(crate) async fn socket() -> Option<PathBuf> {
    let socket = AgentOfSsh::of_environment().socket?;
    is_forwarded(&socket).await.then_some(socket)
}

/// Whether sshd listens at `socket`.
pub(crate) async fn is_forwarded(socket: &Path) -> bool {
    let connecting = tokio::time::timeout(MAX_CONNECTING, UnixStream::connect(socket));
    let Ok(Ok(stream)) = connecting.await else {
        return false;
    };
    let process = stream.peer_cred().ok().and_then(|peer| peer.pid());
    let name = process.and_then(|process| std::fs::read(format!("/proc/{process}/comm")).ok());
    name.is_some_and(|name| {
        let name = String::from_utf8_lossy(&name);
        PROCESSES.contains(&name.trim_end())
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::is_forwarded;

    #[tokio::test]
    async fn an_agent_of_another_process_is_not_forwarded() {
        let directory = tempfile::tempdir().unwrap();
        let socket = directory.path().join("agent.1");
        assert!(!is_forwarded(&socket).await, "nothing is there");
        let _listener = UnixListener::bind(&socket).unwrap();
        assert!(!is_forwarded(&socket).await);
    }
}
