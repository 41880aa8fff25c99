//! What `agent.toml` says, as the agent reads it, and which agents systemd listens for.
//!
//! May touch: runs `sshtpm-agent --print-config`, reads directories of systemd's units. Must never
//! start an agent.
//!
//! Sources: systemd.unit(5), "Unit File Load Path"; systemctl(1), `enable`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use tokio::process::Command;

use super::agent_socket::{RUNTIME_DIRECTORY, runtime_directory};
use super::program;

/// How long the agent may take to read the file. A home directory may be on another machine.
const MAX_READING: Duration = Duration::from_secs(10);

/// Where systemd's user manager finds which sockets are enabled for all users.
const FOR_ALL: &str = "/etc/systemd/user";

/// The links to enabled sockets, below a directory of units.
const WANTS: &str = "sockets.target.wants";

/// What the name of an agent stands between in that of its unit.
const UNIT: (&str, &str) = ("sshtpm-agent@", ".socket");

/// Most names of units that are read in one directory: many times what a user enables.
const MAX_UNITS: usize = 1024;

/// What the file says.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct AgentConfig {
    /// Where it is or would be.
    pub(crate) file: Option<PathBuf>,
    /// The agent at the usual socket, then those with names.
    #[serde(default)]
    pub(crate) agent: Vec<Agent>,
}

/// An agent.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub(crate) struct Agent {
    /// Its name; none for the agent at the usual socket.
    pub(crate) name: Option<String>,
    /// Where it listens.
    pub(crate) socket: Option<PathBuf>,
    /// The sockets of the agents behind it.
    pub(crate) agents: Vec<PathBuf>,
    /// Whether the user is notified of anything.
    pub(crate) notifies: bool,
    /// Why it would not start.
    pub(crate) mistake: Option<String>,
}

/// Why it is not known what the file says.
#[derive(Debug)]
pub(crate) enum Unread {
    /// There is no agent to read it.
    NoAgent,
    /// The agent refuses it, and says why.
    Mistake(String),
    /// The agent does not say.
    Unsaid(String),
}

/// Has the agent read the file.
///
/// # Errors
///
/// The agent refuses it, or is not there.
pub(crate) async fn read() -> Result<AgentConfig, Unread> {
    let agent = program::look_up("sshtpm-agent").ok_or(Unread::NoAgent)?;
    let mut command = Command::new(agent);
    // Paths are to expand as they do for the agent of the user manager.
    command.env(RUNTIME_DIRECTORY, runtime_directory());
    command.arg("--print-config");
    let ended = program::run(command, MAX_READING).await;
    let ended = ended.map_err(|error| Unread::Unsaid(error.to_string()))?;
    if !ended.status.success() {
        let said = String::from_utf8_lossy(&ended.stderr);
        let said = said.trim().trim_start_matches("sshtpm-agent: ");
        return Err(Unread::Mistake(said.to_owned()));
    }
    let text = String::from_utf8_lossy(&ended.stdout);
    toml::from_str(&text).map_err(|error| Unread::Unsaid(error.message().to_owned()))
}

/// The names of the agents whose sockets are enabled for this user or for all users.
pub(crate) fn enabled() -> BTreeSet<String> {
    let absolute = |name| {
        let path = std::env::var_os(name).map(PathBuf::from);
        path.filter(|path| path.is_absolute())
    };
    let own = absolute("XDG_CONFIG_HOME").or_else(|| Some(absolute("HOME")?.join(".config")));
    let own = own.map(|directory| directory.join("systemd/user"));
    let directories = own.into_iter().chain([PathBuf::from(FOR_ALL)]);
    directories
        .flat_map(|directory| enabled_in(&directory))
        .collect()
}

fn enabled_in(units: &Path) -> Vec<String> {
    let entries = units.join(WANTS).read_dir().into_iter().flatten();
    let names = entries
        .take(MAX_UNITS)
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let (before, after) = UNIT;
    let agent = |unit: String| {
        let name = unit.strip_prefix(before)?.strip_suffix(after)?;
        Some(name.to_owned())
    };
    names.filter_map(agent).collect()
}

#[cfg(test)]
mod tests {
    use super::enabled_in;

    #[test]
    fn an_enabled_socket_names_its_agent() {
        let directory = tempfile::tempdir().unwrap();
        let wants = directory.path().join("sockets.target.wants");
        assert!(enabled_in(directory.path()).is_empty());
        std::fs::create_dir(&wants).unwrap();
        for unit in [
            "sshtpm-agent@work.socket",
            "sshtpm-agent.socket",
            "dbus.socket",
        ] {
            std::fs::write(wants.join(unit), "").unwrap();
        }
        assert_eq!(enabled_in(directory.path()), ["work"]);
    }
}
