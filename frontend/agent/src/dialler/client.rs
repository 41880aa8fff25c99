//! The side of the agent: asks the dialler for connections.

use std::io;
use std::path::PathBuf;

use nix::unistd::geteuid;
use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;

use super::mark::Mark;
use super::order::{Order, Whom};
use super::{handover, ssh_agent_unit};
use crate::behind::dial::{Dial, Starting};
use crate::behind::settings::Settings;
use crate::config::AgentName;

/// Dials through the dialler that listens at a socket.
#[derive(Debug)]
pub(crate) struct ThroughDialler {
    socket: PathBuf,
    name: Option<AgentName>,
    /// Of the agents behind, in order.
    marks: Vec<Mark>,
}

impl ThroughDialler {
    /// Dials the agents of `settings` through the dialler at `socket`, for the agent with this name
    /// or for the usual one.
    pub(crate) fn new(socket: PathBuf, name: Option<AgentName>, settings: &Settings) -> Self {
        let agents = settings.agents().iter();
        Self {
            socket,
            name,
            marks: agents.map(|agent| Mark::of(&agent.written)).collect(),
        }
    }

    async fn order(&self, whom: Whom) -> io::Result<UnixStream> {
        let order = Order {
            whom,
            name: self.name.clone(),
        };
        let mut stream = UnixStream::connect(&self.socket)
            .await
            .map_err(|error| self.unreachable(&error))?;
        if stream.peer_cred()?.uid() != geteuid().as_raw() {
            return Err(io::Error::other("the dialler belongs to another user"));
        }
        stream.write_all(format!("{order}\n").as_bytes()).await?;
        handover::take(&mut stream).await
    }

    fn unreachable(&self, error: &io::Error) -> io::Error {
        let text = format!(
            "the dialler at {} cannot be reached: {error}; \
             see `systemctl --user status sshtpm-dialler.socket`",
            self.socket.display()
        );
        io::Error::new(error.kind(), text)
    }
}

impl Dial for ThroughDialler {
    async fn dial(&self, index: usize) -> io::Result<UnixStream> {
        let mark = *self.marks.get(index).ok_or(io::ErrorKind::NotFound)?;
        self.order(Whom::Agent(index, mark)).await
    }

    /// The socket of OpenSSH's agent is beside that of the dialler, in sight of the sandbox.
    async fn dial_ordinary(&self, starting: Starting) -> io::Result<UnixStream> {
        let connected = UnixStream::connect(ssh_agent_unit::socket(&self.socket)).await;
        match starting {
            Starting::IfNeeded if connected.is_err() => self.order(Whom::SshAgent).await,
            Starting::IfNeeded | Starting::Never => {
                connected.map_err(|_| io::ErrorKind::NotFound.into())
            }
        }
    }
}
