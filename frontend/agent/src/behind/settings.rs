//! Which agents are behind this one, and where ordinary keys go.

use std::path::PathBuf;

/// Most agents behind. People have one in the desktop, one of a password manager, one for a card;
/// each takes a file and some memory for each connection of a client.
pub(crate) const MAX_AGENTS: usize = 8;

/// One agent behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AgentBehind {
    /// The absolute path of its socket.
    pub(crate) socket: PathBuf,
    /// The same as the user wrote it.
    pub(crate) written: String,
    /// Whether `ssh-add` adds keys to it. The first such agent gets them.
    pub(crate) is_for_ordinary_keys: bool,
}

/// What becomes of ordinary keys if no agent behind is marked for them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Otherwise {
    /// `ssh-add` is refused, as by the agent for host keys.
    #[default]
    Refuse,
    /// OpenSSH's `ssh-agent` keeps them. It is started when the first one is added.
    OpenSsh,
}

/// The agents behind, in order, and where ordinary keys go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Settings {
    agents: Vec<AgentBehind>,
    otherwise: Otherwise,
}

/// More than [`MAX_AGENTS`] agents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there are {0} agents behind, and the limit is {MAX_AGENTS}; name fewer")]
pub(crate) struct TooManyAgents(usize);

/// Where ordinary keys go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ordinary {
    /// Nowhere: `ssh-add` is refused.
    Refused,
    /// To the agent behind with this index.
    Agent(usize),
    /// To OpenSSH's `ssh-agent`.
    OpenSsh,
}

impl Settings {
    /// These agents, of which the first that is marked gets ordinary keys.
    ///
    /// # Errors
    ///
    /// There are more than [`MAX_AGENTS`].
    pub(crate) fn new(
        agents: Vec<AgentBehind>,
        otherwise: Otherwise,
    ) -> Result<Self, TooManyAgents> {
        if agents.len() > MAX_AGENTS {
            return Err(TooManyAgents(agents.len()));
        }
        Ok(Self { agents, otherwise })
    }

    /// The agents behind, in the order in which their keys are offered.
    pub(crate) fn agents(&self) -> &[AgentBehind] {
        &self.agents
    }

    /// Where ordinary keys go.
    pub(crate) fn ordinary(&self) -> Ordinary {
        let marked = self
            .agents
            .iter()
            .position(|agent| agent.is_for_ordinary_keys);
        match (marked, self.otherwise) {
            (Some(index), _) => Ordinary::Agent(index),
            (None, Otherwise::OpenSsh) => Ordinary::OpenSsh,
            (None, Otherwise::Refuse) => Ordinary::Refused,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{AgentBehind, MAX_AGENTS, Ordinary, Otherwise, Settings};

    fn agent(is_for_ordinary_keys: bool) -> AgentBehind {
        AgentBehind {
            socket: "/run/agent".into(),
            written: String::new(),
            is_for_ordinary_keys,
        }
    }

    #[test]
    fn the_first_agent_that_is_marked_gets_ordinary_keys() {
        let of = |marks: &[bool], otherwise| {
            let agents = marks.iter().map(|&mark| agent(mark)).collect();
            Settings::new(agents, otherwise).unwrap().ordinary()
        };
        assert_eq!(
            of(&[false, true, true], Otherwise::OpenSsh),
            Ordinary::Agent(1)
        );
        assert_eq!(of(&[false], Otherwise::OpenSsh), Ordinary::OpenSsh);
        assert_eq!(of(&[false], Otherwise::Refuse), Ordinary::Refused);
    }

    #[test]
    fn one_agent_too_many_is_an_error() {
        let settings = |count| Settings::new(vec![agent(false); count], Otherwise::Refuse);
        assert!(settings(MAX_AGENTS).is_ok());
        let error = settings(MAX_AGENTS + 1).unwrap_err().to_string();
        assert!(error.contains("name fewer"), "{error}");
    }
}
