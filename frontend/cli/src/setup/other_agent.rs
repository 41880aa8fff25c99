//! The agent that ssh asks now, and will no longer ask after the change.
//!
//! May touch: its socket, with one request for its list.

use std::path::{Path, PathBuf};

use crate::probe::agent::{self, Answer};
use crate::probe::agent_socket::is_named_ours;
use crate::probe::ssh_agent::AgentOfSsh;

/// What a change takes from the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum OtherAgent {
    /// Nothing: ssh asks no agent now, or another socket of sshtpm-agent's.
    None,
    /// An agent without keys.
    Empty(PathBuf),
    /// An agent with keys, or one that does not say, even where it does not answer now.
    InUse {
        /// Its socket.
        socket: PathBuf,
        /// How many keys it has; `None` if it does not say.
        keys: Option<usize>,
    },
}

impl OtherAgent {
    /// Looks at the agent that ssh asks.
    pub(crate) async fn look(asked: &AgentOfSsh) -> Self {
        match &asked.socket {
            None => Self::None,
            Some(socket) if is_named_ours(socket) => Self::None,
            Some(socket) => Self::judge(socket, &agent::ask(socket, true).await),
        }
    }

    fn judge(socket: &Path, answer: &Answer) -> Self {
        let socket = socket.to_owned();
        match answer {
            Answer::Offers(keys) if keys.is_empty() => Self::Empty(socket),
            Answer::Offers(keys) => Self::InUse {
                socket,
                keys: Some(keys.len()),
            },
            // ssh can use any agent that listens there. If none does now, that may be so in this
            // session only: the agent has ended, or it hangs.
            Answer::Foreign(_)
            | Answer::Listens
            | Answer::Refuses(_)
            | Answer::Missing
            | Answer::Unreachable(_) => Self::InUse { socket, keys: None },
        }
    }

    /// What the user should know before ssh stops asking it.
    pub(crate) fn warning(&self) -> Option<String> {
        match self {
            Self::None => None,
            Self::Empty(socket) => Some(format!(
                "The agent at {}, which has no keys now, will no longer be asked by ssh.",
                socket.display()
            )),
            Self::InUse { .. } => Some(format!(
                "ssh will no longer offer {}. Keys in files stay usable.",
                self.keys_in_it()
            )),
        }
    }

    /// What goes with the agent itself.
    pub(crate) fn loss(&self) -> Option<String> {
        match self {
            Self::None | Self::Empty(_) => None,
            Self::InUse { .. } => Some(format!(
                "Your programs will no longer find {}. Keys in files stay usable.",
                self.keys_in_it()
            )),
        }
    }

    /// `2 keys in the agent at …`.
    pub(crate) fn keys_in_it(&self) -> String {
        match self {
            Self::None => "no keys".to_owned(),
            Self::Empty(socket) => format!("no keys in the agent at {}", socket.display()),
            Self::InUse { socket, keys } => {
                let keys = match keys {
                    Some(1) => "the key".to_owned(),
                    Some(count) => format!("the {count} keys"),
                    None => "the keys".to_owned(),
                };
                format!("{keys} in the agent at {}", socket.display())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;
    use std::path::Path;

    use ssh_key::PublicKey;

    use super::{AgentOfSsh, Answer, OtherAgent};
    use crate::key_listing::example_key;
    use crate::probe::ssh_agent::By;

    fn judge(answer: &Answer) -> OtherAgent {
        OtherAgent::judge(Path::new("/tmp/agent"), answer)
    }

    #[test]
    fn an_agent_with_keys_is_in_use() {
        let key = PublicKey::from_openssh(&example_key().public_key).unwrap();
        let agent = judge(&Answer::Offers(vec![key.key_data().clone()]));
        let warning = agent.warning().unwrap();
        assert!(
            warning.contains(" the key in the agent at /tmp/agent"),
            "{warning}"
        );
    }

    #[test]
    fn an_agent_that_does_not_say_what_it_has_counts_as_in_use() {
        for answer in [
            Answer::Refuses(ErrorKind::TimedOut.into()),
            Answer::Foreign(4711),
            Answer::Missing,
            Answer::Unreachable(ErrorKind::WouldBlock.into()),
        ] {
            assert!(matches!(
                judge(&answer),
                OtherAgent::InUse { keys: None, .. }
            ));
        }
    }

    #[tokio::test]
    async fn an_agent_of_ours_that_has_ended_takes_nothing_along() {
        let asked = AgentOfSsh {
            by: By::Environment,
            socket: Some("/nonexistent/sshtpm-x/agent.sock".into()),
        };
        assert_eq!(OtherAgent::look(&asked).await, OtherAgent::None);
    }

    #[test]
    fn an_empty_agent_is_named_and_not_in_the_way() {
        assert!(matches!(
            judge(&Answer::Offers(Vec::new())),
            OtherAgent::Empty(_)
        ));
    }
}
