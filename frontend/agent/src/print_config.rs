//! `--print-config`: how `agent.toml` has agents serve.
//!
//! `sshtpm doctor` reads the file this way, so that it is understood as the agents do.

use std::path::PathBuf;

use serde::Serialize;

use crate::config::{AgentName, FileTables, Surroundings, Wanted};
use crate::error::AgentError;
use crate::listening::place::Place;
use crate::notify::settings::Occasion;
use crate::process::environment;

/// What is printed, as TOML. The names are stable; new ones may be added.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Printed {
    /// Where the file is or would be.
    file: Option<PathBuf>,
    /// The agent at the usual socket, then those with names.
    agent: Vec<Agent>,
}

/// An agent.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Agent {
    /// Its name; none for the agent at the usual socket.
    name: Option<String>,
    /// Where it listens.
    socket: Option<PathBuf>,
    /// The sockets of the agents behind it.
    agents: Vec<PathBuf>,
    /// Whether the user is notified of anything.
    notifies: bool,
    /// Why it would not start.
    mistake: Option<String>,
}

/// Prints it.
///
/// # Errors
///
/// The file cannot be read or has a mistake, or standard output is closed.
pub(super) fn print() -> Result<(), AgentError> {
    let surroundings = Surroundings::of_process();
    let tables = FileTables::read(surroundings)?;
    let names = tables.names().cloned().map(Some);
    let agents = std::iter::once(None).chain(names);
    let printed = Printed {
        file: tables.path().map(ToOwned::to_owned),
        agent: agents
            .map(|name| agent(&tables, name, surroundings))
            .collect(),
    };
    let text = toml::to_string(&printed).map_err(AgentError::NotPrinted)?;
    environment::print(text.as_bytes())
}

fn agent(tables: &FileTables, name: Option<AgentName>, surroundings: Surroundings) -> Agent {
    let place = match &name {
        Some(name) => Place::OfName(name.socket()),
        None => Place::Usual,
    };
    let socket = place.path().ok().flatten();
    let told = Agent {
        name: name.as_ref().map(ToString::to_string),
        socket: socket.map(|socket| socket.as_path().to_owned()),
        ..Agent::default()
    };
    let wanted = Wanted {
        name,
        ..Wanted::default()
    };
    match tables.clone().agent(wanted, surroundings) {
        Ok(config) => {
            let behind = config.behind.agents().iter();
            Agent {
                agents: behind.map(|agent| agent.socket.clone()).collect(),
                notifies: [Occasion::Used, Occasion::Waiting]
                    .into_iter()
                    .any(|occasion| config.notifications.include(occasion)),
                ..told
            }
        }
        Err(mistake) => Agent {
            mistake: Some(mistake.to_string()),
            ..told
        },
    }
}
