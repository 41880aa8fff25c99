//! `agent.toml`, and what the command line says over it, parsed into types that cannot be wrong.
//!
//! Purpose: say which keys an agent offers, and which agents are behind it. May touch: the file,
//! for reading, and the environment. Must never be used in part: an unknown key or a bad value is
//! an error that names file, line and key, because what the file was to forbid is not known then.
//!
//! Specs: TOML 1.0; XDG Base Directory Specification.

mod agent_config;
mod agent_name;
mod agents;
mod error;
mod place;
mod surroundings;
mod tables;
mod wanted;
mod written_path;

pub(crate) use agent_config::Config;
pub(crate) use agent_name::AgentName;
pub(crate) use error::NotConfigured;
pub(crate) use surroundings::Surroundings;
pub(crate) use tables::FileTables;
pub(crate) use wanted::Wanted;
pub(crate) use written_path::WrittenPath;

/// How the `wanted` agent serves.
///
/// # Errors
///
/// The file cannot be read or has a mistake, it does not describe the agent, or a path in it cannot
/// be expanded.
pub(crate) fn of(wanted: Wanted, surroundings: Surroundings) -> Result<Config, NotConfigured> {
    FileTables::for_agent(&wanted, surroundings)?.agent(wanted, surroundings)
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;
