//! Why an agent is not configured.

use std::path::PathBuf;

use sshtpm_config::ConfigError;

use super::agent_name::AgentName;
use super::agents::NoAgents;

/// Why it is not known how an agent is to serve.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotConfigured {
    #[error(transparent)]
    File(#[from] ConfigError),
    #[error("the agents behind are not known: {0}")]
    Agents(#[from] NoAgents),
    #[error(
        "{} has no table [agent.{name}], so it is not known which keys this agent offers; \
         add the table with `only`, or name keys with --only",
        path.display()
    )]
    NoTable { path: PathBuf, name: AgentName },
    #[error("neither XDG_CONFIG_HOME nor HOME is set, so there is no agent.toml; set one of them")]
    NoPlace,
}
