//! What the user's sshtpm-agent says of itself.
//!
//! May touch: the agent's socket, with one request.

use std::io;
use std::path::Path;
use std::time::Duration;

use sshtpm_ssh::agent_report::{AgentReport, NAME};

use super::agent_connection::AgentConnection;

/// How long the agent may take; it answers from memory.
const MAX_ANSWER: Duration = Duration::from_secs(10);

/// Asks the agent at `socket`.
///
/// # Errors
///
/// None of ours listens there, it is locked, or it is of an earlier release.
pub(crate) async fn ask(socket: &Path) -> io::Result<AgentReport> {
    let asked = async {
        let mut agent = AgentConnection::connect(socket).await?;
        let content = agent.extension(NAME).await?;
        AgentReport::parse(&content).map_err(io::Error::other)
    };
    tokio::time::timeout(MAX_ANSWER, asked)
        .await
        .unwrap_or_else(|_elapsed| Err(io::ErrorKind::TimedOut.into()))
}
