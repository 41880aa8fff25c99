//! Having ssh ask the agent: whether it does already, whether something is in the way, and the
//! change.
//!
//! May touch: what [`UserFile`](super::user_file::UserFile) may. Must never override a setting of
//! the user or the administrator.

mod asked;
mod change;

use std::path::Path;

pub(super) use self::asked::ask_ssh;
use self::asked::asked_already;
pub(crate) use self::change::Change;
use super::in_the_way::{Obstacle, Value};
use super::other_agent::OtherAgent;
use super::way::{Standing, Way};
use super::{environment, ssh_config};
use crate::args::AgentBy;
use crate::checks;
use crate::error::Failure;
use crate::probe::agent_socket::standard_socket;
use crate::probe::forwarded_agent::is_forwarded;
use crate::probe::own_unit::Stopped;
use crate::probe::ssh_agent::AgentOfSsh;

/// What is to be done about ssh's agent.
#[derive(Debug)]
pub(crate) enum Pointing {
    /// ssh asks ours already.
    Done(Standing),
    /// Something is there that is not ours to change.
    Left(Failure),
    /// Something else sets the agent, and may be turned off.
    Blocked(Obstacle),
    /// It can be done.
    Possible(Change),
}

impl Pointing {
    /// Looks at what ssh does now; the user's agent is `ready` at that socket, and `told` is what
    /// the variable tells.
    ///
    /// # Errors
    ///
    /// ssh does not say, or a file cannot be read.
    pub(crate) async fn examine(
        way: AgentBy,
        home: &Path,
        ready: &Path,
        told: Value,
    ) -> Result<Self, Failure> {
        let asked = AgentOfSsh::read(&ask_ssh().await?);
        if way == AgentBy::SshConfig
            && let Some(how) = asked_already(&asked, ready).await
        {
            return Ok(Self::Done(how));
        }
        let found = match way {
            AgentBy::SshConfig => ssh_config::examine(home, Path::new(ssh_config::SYSTEM), &asked)?,
            AgentBy::Environment => environment::examine(home, &asked, told).await?,
        };
        let additions = match found {
            Way::Done(standing) => return Ok(Self::Done(standing)),
            Way::Left(failure) => return Ok(Self::Left(failure)),
            Way::Blocked(obstacle) => return Ok(Self::Blocked(obstacle)),
            Way::Lines(additions) => additions,
        };
        standard_agent().await?;
        Ok(Self::Possible(Change {
            way,
            additions,
            other: given_up(way, &asked).await,
        }))
    }
}

/// The agent that ssh no longer asks. A variable for each session leaves the one of `ssh -A`.
async fn given_up(way: AgentBy, asked: &AgentOfSsh) -> OtherAgent {
    match &asked.socket {
        Some(socket) if way == AgentBy::Environment && is_forwarded(socket).await => {
            OtherAgent::None
        }
        _ => OtherAgent::look(asked).await,
    }
}

/// The agent to which ssh is pointed has to be one that will be there tomorrow.
async fn standard_agent() -> Result<(), Failure> {
    let socket = standard_socket();
    if socket.exists() {
        return Ok(());
    }
    let advice = checks::agent::missing(&socket, Stopped::look().await.as_ref());
    Err(Failure::new("cannot have ssh ask your agent", advice.found).and_next(advice.next))
}
