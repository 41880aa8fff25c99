//! The tables of `agent.toml` as they are written.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::agent_config::Config;
use super::agent_name::AgentName;
use super::agents::{Agents, OrdinaryKeys};
use super::error::NotConfigured;
use super::place::{MAX_BYTES, path};
use super::surroundings::Surroundings;
use super::wanted::Wanted;
use super::written_path::WrittenPath;
use crate::behind::settings::Settings;
use crate::notify;
use crate::only::Selection;

/// The file, and where it is.
#[derive(Clone, Debug)]
pub(crate) struct FileTables {
    path: Option<PathBuf>,
    tables: Tables,
}

/// What the file says: first for the agent at the usual socket, then for others.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(super) struct Tables {
    agents: Agents,
    ordinary_keys: OrdinaryKeys,
    notifications: notify::settings::Settings,
    agent: BTreeMap<AgentName, AgentTable>,
}

/// A table `[agent.NAME]`. Nothing of what the file says for the agent at the usual socket holds
/// for this one: its user wants to know which keys it offers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
struct AgentTable {
    only: Option<Selection>,
    agents: Agents,
    ordinary_keys: OrdinaryKeys,
    notifications: notify::settings::Settings,
    /// Where ordinary keys go if the table does not say so.
    #[serde(skip)]
    otherwise: OrdinaryKeys,
}

impl Default for Tables {
    fn default() -> Self {
        Self {
            agents: Agents::default(),
            // `ssh-add` works as it does with OpenSSH's agent.
            ordinary_keys: OrdinaryKeys::OpenSsh,
            notifications: notify::settings::Settings::default(),
            agent: BTreeMap::new(),
        }
    }
}

impl FileTables {
    /// Reads the file, unless the `wanted` agent leaves it alone.
    ///
    /// # Errors
    ///
    /// As for [`FileTables::read`].
    pub(super) fn for_agent(
        wanted: &Wanted,
        surroundings: Surroundings,
    ) -> Result<Self, NotConfigured> {
        match wanted.no_load {
            true => Ok(Self {
                path: None,
                tables: Tables::default(),
            }),
            false => Self::read(surroundings),
        }
    }

    /// Reads the file. One that is not there says nothing.
    ///
    /// # Errors
    ///
    /// It cannot be read, other users can write it, it is too long, or it has a mistake.
    pub(crate) fn read(surroundings: Surroundings) -> Result<Self, NotConfigured> {
        let path = path(surroundings);
        let read = path
            .as_deref()
            .map(|path| sshtpm_config::read(path, MAX_BYTES));
        let tables = read.transpose()?.flatten().unwrap_or_default();
        Ok(Self { path, tables })
    }

    /// Where the file is or would be.
    pub(crate) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// The agents that have tables of their own.
    pub(crate) fn names(&self) -> impl Iterator<Item = &AgentName> {
        self.tables.agent.keys()
    }

    /// What `text` says, as if it were the file at `path`.
    #[cfg(test)]
    pub(super) fn of(path: &Path, text: &str) -> Result<Self, toml::de::Error> {
        Ok(Self {
            path: Some(path.to_owned()),
            tables: toml::from_str(text)?,
        })
    }

    /// How the `wanted` agent serves.
    ///
    /// # Errors
    ///
    /// There is no table for it, or a path cannot be expanded.
    pub(crate) fn agent(
        self,
        wanted: Wanted,
        surroundings: Surroundings,
    ) -> Result<Config, NotConfigured> {
        let mut table = match (&wanted.name, &wanted.only) {
            _ if wanted.no_load => AgentTable::default(),
            (None, None) => self.usual(),
            (None, Some(_)) => AgentTable::default(),
            (Some(name), None) => self.named(name)?,
            (Some(name), Some(_)) => self.named(name).unwrap_or_default(),
        };
        if !wanted.behind.is_empty() {
            table.put_behind(wanted.behind);
        }
        let behind = table.behind(surroundings)?;
        Ok(Config {
            only: wanted.only.or(table.only),
            behind,
            notifications: wanted.notifications.unwrap_or(table.notifications),
        })
    }

    /// The agents behind the one with this name, or behind the agent at the usual socket.
    ///
    /// # Errors
    ///
    /// There is no table for it, or a path cannot be expanded.
    pub(crate) fn agents_behind(
        &self,
        name: Option<&AgentName>,
        surroundings: Surroundings,
    ) -> Result<Settings, NotConfigured> {
        let table = match name {
            Some(name) => self.named(name)?,
            None => self.usual(),
        };
        table.behind(surroundings)
    }

    fn usual(&self) -> AgentTable {
        AgentTable {
            only: None,
            agents: self.tables.agents.clone(),
            ordinary_keys: self.tables.ordinary_keys.clone(),
            notifications: self.tables.notifications,
            otherwise: Tables::default().ordinary_keys,
        }
    }

    fn named(&self, name: &AgentName) -> Result<AgentTable, NotConfigured> {
        if let Some(table) = self.tables.agent.get(name) {
            return Ok(table.clone());
        }
        Err(NotConfigured::NoTable {
            path: self.path.clone().ok_or(NotConfigured::NoPlace)?,
            name: name.clone(),
        })
    }
}

impl AgentTable {
    /// Replaces the agents behind. Ordinary keys do not go to one that is no longer there.
    fn put_behind(&mut self, agents: Vec<WrittenPath>) {
        self.agents = Agents::from(agents);
        if !self.agents.have(&self.ordinary_keys) {
            self.ordinary_keys = self.otherwise.clone();
        }
    }

    fn behind(&self, surroundings: Surroundings) -> Result<Settings, NotConfigured> {
        Ok(self.agents.settings(&self.ordinary_keys, surroundings)?)
    }
}
