//! Whether `agent.toml` can be read, and what it names is there: agents behind, sockets of the
//! agents that it describes, and a desktop for notifications.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::finding::Finding;
use crate::probe::agent::{self, Answer};
use crate::probe::agent_config::{self, Agent, AgentConfig, Unread};
use crate::probe::notifications::{self, Server};

/// Most sockets that are looked at: those of eight agents with eight others behind each.
const MAX_SOCKETS: usize = 64;

/// Something that is wrong, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Fault {
    /// Whether an agent does not start for it.
    is_grave: bool,
    found: String,
    next: String,
}

/// What was seen of what the file names.
#[derive(Debug)]
struct Seen {
    /// The agents whose sockets are enabled.
    enabled: BTreeSet<String>,
    /// The sockets of agents that cannot be used, and why.
    unusable: Vec<(PathBuf, String)>,
    server: Server,
}

/// Whether the file and what it names are in order.
pub(super) async fn check() -> Finding {
    let config = match agent_config::read().await {
        Ok(config) => config,
        Err(unread) => return refused(unread),
    };
    let seen = Seen {
        enabled: agent_config::enabled(),
        unusable: unusable(&config).await,
        server: match config.agent.iter().any(|agent| agent.notifies) {
            true => notifications::server().await,
            false => Server::There,
        },
    };
    judge(&config, &seen)
}

fn refused(unread: Unread) -> Finding {
    match unread {
        Unread::NoAgent => Finding::skipped("sshtpm-agent, which reads it, is not in PATH"),
        Unread::Mistake(why) => Finding::fail(
            why,
            "Agents do not start until you correct it. The next connection starts them.",
        ),
        Unread::Unsaid(why) => Finding::fail(
            format!("sshtpm-agent does not say what it reads: {why}"),
            "`sshtpm-agent --print-config`. Is it of the same version as sshtpm?",
        ),
    }
}

/// The sockets that the file names and that are of no use, each asked once.
async fn unusable(config: &AgentConfig) -> Vec<(PathBuf, String)> {
    let named = config.agent.iter().filter(|agent| agent.name.is_some());
    let own = named.filter_map(|agent| agent.socket.clone());
    let behind = config.agent.iter().flat_map(|agent| agent.agents.clone());
    let sockets: BTreeSet<PathBuf> = own.chain(behind).collect();
    let mut unusable = Vec::new();
    for socket in sockets.into_iter().take(MAX_SOCKETS) {
        let why = match agent::ask(&socket, false).await {
            // Agents accept one of root's behind them, too.
            Answer::Listens | Answer::Offers(_) | Answer::Foreign(0) => continue,
            Answer::Missing => "nothing is there".to_owned(),
            Answer::Foreign(uid) => format!("it belongs to uid {uid}"),
            Answer::Unreachable(error) | Answer::Refuses(error) => error.to_string(),
        };
        unusable.push((socket, why));
    }
    unusable
}

fn judge(config: &AgentConfig, seen: &Seen) -> Finding {
    let agents = &config.agent;
    let mut faults: Vec<Fault> = agents.iter().filter_map(mistake).collect();
    faults.extend(agents.iter().filter_map(|agent| deaf(agent, seen)));
    faults.extend(without_table(agents, seen));
    faults.extend(agents.iter().flat_map(|agent| out_of_reach(agent, seen)));
    faults.extend(agents.iter().filter_map(|agent| turning(agent, agents)));
    faults.extend(unseen(&seen.server));
    match faults.is_empty() {
        true => in_order(config),
        false => together(&faults),
    }
}

/// Why the agent would not start.
fn mistake(agent: &Agent) -> Option<Fault> {
    let why = agent.mistake.as_ref()?;
    Some(Fault {
        is_grave: true,
        found: format!("{} does not start: {why}", title(agent)),
        next: "Correct agent.toml. The next connection starts the agent.".to_owned(),
    })
}

/// An agent that the file describes, and for which nothing listens.
fn deaf(agent: &Agent, seen: &Seen) -> Option<Fault> {
    let (name, socket) = (agent.name.as_ref()?, agent.socket.as_ref()?);
    seen.unusable.iter().find(|(path, _)| path == socket)?;
    let next = match seen.enabled.contains(name) {
        true => format!("`systemctl --user restart sshtpm-agent@{name}.socket`."),
        false => format!(
            "`systemctl --user enable --now sshtpm-agent@{name}.socket`.\nWithout a systemd user \
             manager: `sshtpm-agent --name {name}`."
        ),
    };
    Some(Fault {
        is_grave: false,
        found: format!(
            "nothing listens for {} at {}",
            title(agent),
            socket.display()
        ),
        next,
    })
}

/// Enabled sockets of agents that the file does not describe.
fn without_table(agents: &[Agent], seen: &Seen) -> Vec<Fault> {
    let is_described = |name: &String| agents.iter().any(|agent| agent.name.as_ref() == Some(name));
    let fault = |name: &String| Fault {
        is_grave: true,
        found: format!(
            "sshtpm-agent@{name}.socket is enabled, and agent.toml has no [agent.{name}]"
        ),
        next: format!(
            "Describe the agent in agent.toml, or \
             `systemctl --user disable --now sshtpm-agent@{name}.socket`."
        ),
    };
    let enabled = seen.enabled.iter();
    enabled
        .filter(|name| !is_described(name))
        .map(fault)
        .collect()
}

/// Agents behind that cannot be used.
fn out_of_reach(agent: &Agent, seen: &Seen) -> Vec<Fault> {
    let behind = |(socket, why): &&(PathBuf, String)| {
        let is_behind = agent.agents.contains(socket);
        is_behind.then(|| Fault {
            is_grave: false,
            found: format!(
                "an agent behind {} is not reached at {}: {why}",
                title(agent),
                socket.display()
            ),
            next: "Start it, or take its socket out of `agents` in agent.toml.".to_owned(),
        })
    };
    seen.unusable
        .iter()
        .filter_map(|one| behind(&one))
        .collect()
}

/// An agent that is behind itself, as far as the file shows.
fn turning(agent: &Agent, agents: &[Agent]) -> Option<Fault> {
    let own = agent.socket.as_ref()?;
    let mut reached: Vec<&Agent> = vec![agent];
    let mut next = 0;
    while let Some(one) = reached.get(next) {
        next += 1;
        if one.agents.iter().any(|behind| is_same(behind, own)) {
            return Some(Fault {
                is_grave: false,
                found: format!("{} is behind itself, and leaves itself out", title(agent)),
                next: "Take the socket out of `agents` in agent.toml.".to_owned(),
            });
        }
        let behind: Vec<&Agent> = agents
            .iter()
            .filter(|other| is_behind(other, one))
            .collect();
        for other in behind {
            if !reached.iter().any(|known| known.name == other.name) {
                reached.push(other);
            }
        }
    }
    None
}

fn is_behind(one: &Agent, front: &Agent) -> bool {
    let socket = one.socket.as_ref();
    socket.is_some_and(|socket| front.agents.iter().any(|behind| is_same(behind, socket)))
}

/// Whether both lead to one socket, if need be by a link.
fn is_same(one: &Path, other: &Path) -> bool {
    let resolved = |path: &Path| path.canonicalize().ok();
    one == other || resolved(one).is_some_and(|one| Some(one) == resolved(other))
}

/// Notifications that nobody shows.
fn unseen(server: &Server) -> Option<Fault> {
    let why = match server {
        Server::There => return None,
        Server::Missing => "no program on the session bus shows them".to_owned(),
        Server::NoBus(why) => format!("there is no session bus: {why}"),
    };
    Some(Fault {
        is_grave: false,
        found: format!("agent.toml asks for notifications, and {why}"),
        next: "Start a notification server in your desktop, or take `notifications` out of \
               agent.toml."
            .to_owned(),
    })
}

fn title(agent: &Agent) -> String {
    match &agent.name {
        Some(name) => format!("[agent.{name}]"),
        None => "the usual agent".to_owned(),
    }
}

fn in_order(config: &AgentConfig) -> Finding {
    let file = config.file.as_deref();
    let Some(file) = file.filter(|file| file.exists()) else {
        return Finding::ok("there is no such file, so the defaults apply");
    };
    let named = config.agent.iter().filter(|agent| agent.name.is_some());
    let described = match named.count() {
        0 => String::new(),
        1 => ", with one agent of its own socket".to_owned(),
        count => format!(", with {count} agents of their own sockets"),
    };
    Finding::ok(format!("{} is in order{described}", file.display()))
}

fn together(faults: &[Fault]) -> Finding {
    let found: Vec<&str> = faults.iter().map(|fault| fault.found.as_str()).collect();
    let mut next: Vec<&str> = Vec::new();
    for fault in faults {
        if !next.contains(&fault.next.as_str()) {
            next.push(&fault.next);
        }
    }
    let (found, next) = (found.join("; "), next.join("\n"));
    match faults.iter().any(|fault| fault.is_grave) {
        true => Finding::fail(found, next),
        false => Finding::warn(found, next),
    }
}

#[cfg(test)]
#[path = "agent_config_tests.rs"]
mod tests;
