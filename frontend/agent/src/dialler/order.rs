//! What an agent tells the dialler: one line.

use std::fmt;
use std::str::FromStr;

use super::mark::Mark;
use crate::behind::settings::MAX_AGENTS;
use crate::config::AgentName;

/// Longest line, in bytes: a word and the name of an agent.
pub(super) const MAX_LINE_BYTES: u64 = 64;

/// The word for OpenSSH's agent.
const SSH_AGENT: &str = "ssh-agent";

/// The agent that is to be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whom {
    /// The agent with this index among those behind, whose path has this mark.
    Agent(usize, Mark),
    /// OpenSSH's `ssh-agent`, which is started if it does not run.
    SshAgent,
}

/// `WHOM` or `WHOM NAME`. `WHOM` is `NUMBER:MARK` or `ssh-agent`; `NAME` is the agent that asks,
/// unless it is the usual one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) whom: Whom,
    pub(super) name: Option<AgentName>,
}

/// The line is not an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the agent did not say whom to reach")]
pub(super) struct NotAnOrder;

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.whom {
            Whom::Agent(index, mark) => write!(f, "{index}:{mark}")?,
            Whom::SshAgent => f.write_str(SSH_AGENT)?,
        }
        match &self.name {
            Some(name) => write!(f, " {name}"),
            None => Ok(()),
        }
    }
}

impl FromStr for Order {
    type Err = NotAnOrder;

    fn from_str(line: &str) -> Result<Self, NotAnOrder> {
        let (whom, name) = match line.split_once(' ') {
            Some((whom, name)) => (whom, Some(name.parse().map_err(|_| NotAnOrder)?)),
            None => (line, None),
        };
        let whom = match whom {
            SSH_AGENT => Whom::SshAgent,
            agent => {
                let (index, mark) = agent.split_once(':').ok_or(NotAnOrder)?;
                let index = index.parse().map_err(|_| NotAnOrder)?;
                Whom::Agent(index, mark.parse().map_err(|_| NotAnOrder)?)
            }
        };
        match whom {
            Whom::Agent(index, _) if index >= MAX_AGENTS => Err(NotAnOrder),
            whom => Ok(Self { whom, name }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_LINE_BYTES, Mark, Order, Whom};

    #[test]
    fn the_dialler_reads_what_an_agent_writes() {
        let long = "x".repeat(32);
        let mark = Mark::of("%t/agent.sock");
        for whom in [Whom::Agent(0, mark), Whom::Agent(7, mark), Whom::SshAgent] {
            for name in [None, Some("work"), Some(&long)] {
                let name = name.map(|name| name.parse().unwrap());
                let order = Order { whom, name };
                let line = order.to_string();
                assert!(line.len() < usize::try_from(MAX_LINE_BYTES).unwrap());
                assert_eq!(line.parse(), Ok(order));
            }
        }
    }

    #[test]
    fn a_path_is_not_an_order() {
        for line in [
            "",
            "0",
            "8:0000000000000000",
            "-1:0000000000000000",
            "0:%t/agent.sock",
            "/run/user/1000/bus",
            "0:0000000000000000 ../x",
            "0:0000000000000000 a b",
            "begin",
            "0:0000000000000000 ",
        ] {
            assert!(line.parse::<Order>().is_err(), "{line}");
        }
    }
}
