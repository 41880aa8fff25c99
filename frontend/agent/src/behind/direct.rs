//! Connections to agents behind that this process makes by itself, without systemd.

use std::io;
use std::path::PathBuf;

use tokio::net::UnixStream;

use super::dial::{Dial, Starting};
use super::open_ssh::OpenSsh;
use super::settings::Settings;

/// Dials the sockets of the settings, and starts OpenSSH's agent as a child.
#[derive(Debug)]
pub(crate) struct Direct {
    sockets: Vec<PathBuf>,
    open_ssh: OpenSsh,
}

impl Direct {
    /// Dials the agents of `settings`, and starts OpenSSH's agent with `options`.
    pub(crate) fn new(settings: &Settings, options: Vec<String>) -> Self {
        let agents = settings.agents().iter();
        Self {
            sockets: agents.map(|agent| agent.socket.clone()).collect(),
            open_ssh: OpenSsh::new(options),
        }
    }
}

impl Dial for Direct {
    async fn dial(&self, index: usize) -> io::Result<UnixStream> {
        let socket = self.sockets.get(index).ok_or(io::ErrorKind::NotFound)?;
        UnixStream::connect(socket).await
    }

    async fn dial_ordinary(&self, starting: Starting) -> io::Result<UnixStream> {
        self.open_ssh.dial(starting).await
    }
}
