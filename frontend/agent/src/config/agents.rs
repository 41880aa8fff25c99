//! The keys `agents` and `ordinary-keys`: which agents are behind, and where ordinary keys go.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, SeqAccess, Visitor};

use super::surroundings::Surroundings;
use super::written_path::{NotExpanded, WrittenPath};
use crate::behind::settings::{AgentBehind, MAX_AGENTS, Otherwise, Settings, TooManyAgents};

/// The sockets of the agents behind, in order: a list, or `false` for none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Agents(Vec<WrittenPath>);

/// Where ordinary keys go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum OrdinaryKeys {
    /// Nowhere: `false`.
    #[default]
    Refused,
    /// To OpenSSH's `ssh-agent`: `"ssh-agent"`.
    OpenSsh,
    /// To this agent behind.
    Agent(WrittenPath),
}

/// Why the agents behind are not known.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoAgents {
    #[error(transparent)]
    Path(#[from] NotExpanded),
    #[error("ordinary-keys names {0}, which is not one of the agents behind; add it to `agents`")]
    NotBehind(String),
    #[error(transparent)]
    TooMany(#[from] TooManyAgents),
}

impl From<Vec<WrittenPath>> for Agents {
    /// Too many of them are an error of [`Agents::settings`].
    fn from(paths: Vec<WrittenPath>) -> Self {
        Self(paths)
    }
}

impl Agents {
    /// Whether they have the agent to which ordinary keys go, if it is to be one of them.
    pub(super) fn have(&self, ordinary: &OrdinaryKeys) -> bool {
        match ordinary {
            OrdinaryKeys::Refused | OrdinaryKeys::OpenSsh => true,
            OrdinaryKeys::Agent(path) => self.0.contains(path),
        }
    }

    /// The agents behind, for the user and the environment in `surroundings`.
    ///
    /// # Errors
    ///
    /// A path cannot be expanded, or ordinary keys would go to another agent.
    pub(super) fn settings(
        &self,
        ordinary: &OrdinaryKeys,
        surroundings: Surroundings,
    ) -> Result<Settings, NoAgents> {
        let behind = |path: &WrittenPath| {
            let is_marked = matches!(ordinary, OrdinaryKeys::Agent(marked) if marked == path);
            Ok(AgentBehind {
                socket: path.expand(surroundings)?,
                written: path.as_str().to_owned(),
                is_for_ordinary_keys: is_marked,
            })
        };
        if let OrdinaryKeys::Agent(path) = ordinary
            && !self.have(ordinary)
        {
            return Err(NoAgents::NotBehind(path.as_str().to_owned()));
        }
        let agents: Result<Vec<_>, NoAgents> = self.0.iter().map(behind).collect();
        let otherwise = match ordinary {
            OrdinaryKeys::Refused | OrdinaryKeys::Agent(_) => Otherwise::Refuse,
            OrdinaryKeys::OpenSsh => Otherwise::OpenSsh,
        };
        Ok(Settings::new(agents?, otherwise)?)
    }
}

impl<'de> Deserialize<'de> for Agents {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ListOrFalse).map(Self)
    }
}

struct ListOrFalse;

impl<'de> Visitor<'de> for ListOrFalse {
    type Value = Vec<WrittenPath>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of at most {MAX_AGENTS} paths, or false")
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Self::Value, E> {
        match value {
            false => Ok(Vec::new()),
            true => Err(E::invalid_value(de::Unexpected::Bool(true), &self)),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut paths = Vec::new();
        while let Some(path) = list.next_element()? {
            if paths.len() == MAX_AGENTS {
                return Err(de::Error::invalid_length(MAX_AGENTS + 1, &self));
            }
            paths.push(path);
        }
        Ok(paths)
    }
}

impl<'de> Deserialize<'de> for OrdinaryKeys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NameOrFalse)
    }
}

struct NameOrFalse;

impl Visitor<'_> for NameOrFalse {
    type Value = OrdinaryKeys;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"ssh-agent\", a path that is in `agents`, or false")
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<OrdinaryKeys, E> {
        match value {
            false => Ok(OrdinaryKeys::Refused),
            true => Err(E::invalid_value(de::Unexpected::Bool(true), &self)),
        }
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<OrdinaryKeys, E> {
        match text {
            "ssh-agent" => Ok(OrdinaryKeys::OpenSsh),
            path => path.parse().map(OrdinaryKeys::Agent).map_err(E::custom),
        }
    }
}
