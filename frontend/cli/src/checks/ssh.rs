//! Which agent ssh will ask, and whether ssh offers the keys in it. If ssh does not find a key,
//! this is mostly why.
//!
//! May touch: the socket of the agent that ssh asks, with one request for its list.

use std::path::Path;

use sshtpm_dbus::KeyInfo;

use super::finding::Finding;
use super::{config_line, first_lines};
use crate::accepted_keys::AcceptedKeys;
use crate::key_state::is_lost;
use crate::never_offered;
use crate::person;
use crate::probe::agent::{self, Answer};
use crate::probe::agent_socket::{is_named_ours, standard_socket};
use crate::probe::identity_files::Offered;
use crate::probe::keys::Keys;
use crate::probe::ssh_agent::{AgentOfSsh, By};
use crate::probe::ssh_settings::{SshSettings, Unsaid};
use crate::restrictions::place::Place;

/// What to do where ssh does not offer a key.
pub(crate) const NAME_IT: &str = "\
Name the file with the public half of your key in ~/.ssh/config:
    IdentityFile ~/.ssh/id_sshtpm_ecdsa.pub
Name the files of your other keys as well: if one is named, ssh ignores the default files.";

/// What to do where ssh asks another agent.
const SETUP: &str = "`sshtpm setup` has ssh ask sshtpm-agent, and says what that changes.";

/// Whether ssh asks sshtpm-agent, and offers its keys.
pub(crate) async fn check(
    asked: &Result<SshSettings, Unsaid>,
    place: Option<&Place>,
    keys: &Keys,
    is_root: bool,
) -> Finding {
    if is_root && keys.as_ref().is_ok_and(Vec::is_empty) {
        return Finding::skipped("root has no keys; run this as the user whose ssh you mean");
    }
    let settings = match asked {
        Ok(settings) => settings,
        Err(error) => return unsaid(error),
    };
    let home = person::home_directory().ok();
    let home = home.as_deref();
    let (agent, offered) = (AgentOfSsh::read(settings), Offered::read(settings, home));
    let advice = Advisor { place, home };
    match judge(&agent, &offered, keys, &advice).await {
        Finding::Ok(found) => of_types(&settings.accepted_user_keys(), keys, found),
        finding => finding,
    }
}

/// Whether ssh offers keys of the types that the user has; if so, the finding is what was `found`.
/// One key of a type that ssh offers is enough.
fn of_types(accepted: &AcceptedKeys, keys: &Keys, found: String) -> Finding {
    let keys = keys.as_deref().unwrap_or_default();
    let mut usable = keys.iter().filter(|key| !is_lost(key));
    match never_offered::look(accepted, keys) {
        None => Finding::ok(found),
        Some(never) if usable.any(|key| accepted.refuse(&key.into()).is_none()) => {
            Finding::ok(format!("{found}; {}", never.found))
        }
        Some(never) => Finding::warn(never.found, never.next),
    }
}

/// What the advice is for.
#[derive(Clone, Copy, Debug, Default)]
struct Advisor<'a> {
    place: Option<&'a Place>,
    home: Option<&'a Path>,
}

impl Advisor<'_> {
    fn name(self, key: &KeyInfo) -> String {
        first_lines::this_key_too(self.place, self.home, key)
    }

    fn ask_ours(self) -> String {
        first_lines::this_agent(self.place, self.home, &standard_socket())
    }
}

async fn judge(
    agent: &AgentOfSsh,
    offered: &Offered,
    keys: &Keys,
    advice: &Advisor<'_>,
) -> Finding {
    let known = keys.as_deref().unwrap_or_default();
    match of_agent(agent, keys, advice).await {
        Finding::Ok(_) if offered.hides_all(known) => {
            let found = "ssh asks sshtpm-agent, but offers none of its keys: IdentitiesOnly";
            let first = known.iter().find(|key| !is_lost(key));
            Finding::warn(
                format!("{found} is set, and no IdentityFile names them"),
                first.map_or_else(|| NAME_IT.to_owned(), |key| advice.name(key)),
            )
        }
        finding => finding,
    }
}

async fn of_agent(asked: &AgentOfSsh, keys: &Keys, advice: &Advisor<'_>) -> Finding {
    match &asked.socket {
        None => no_agent(asked.by, advice),
        Some(socket) if is_named_ours(socket) => {
            ours(asked.by, socket, &agent::ask(socket, false).await)
        }
        Some(socket) => {
            // If the keys are not known, a request for them could cause a prompt.
            let answer = agent::ask(socket, keys.is_ok()).await;
            other(
                asked.by,
                socket,
                &answer,
                keys.as_deref().unwrap_or_default(),
                advice,
            )
        }
    }
}

fn unsaid(error: &Unsaid) -> Finding {
    let next = match error {
        Unsaid::NotRun(_) => "Install it: `sudo apt install openssh-client`.".to_owned(),
        Unsaid::Silent => {
            "A `Match exec` in ssh's configuration may wait for something.".to_owned()
        }
        Unsaid::Refused(said) => config_line::advice(said),
    };
    Finding::fail(error.to_string(), next)
}

fn no_agent(by: By, advice: &Advisor<'_>) -> Finding {
    match by {
        By::IdentityAgent => Finding::warn(
            "ssh asks no agent: IdentityAgent is none, or names a variable that is not set",
            advice.ask_ours(),
        ),
        By::Environment => {
            Finding::warn("ssh asks no agent, because SSH_AUTH_SOCK is not set", SETUP)
        }
    }
}

/// The name of the socket is sshtpm-agent's: whether the user's own process answers there.
fn ours(by: By, socket: &Path, answer: &Answer) -> Finding {
    let why = match answer {
        Answer::Listens | Answer::Offers(_) => {
            return Finding::ok(format!("ssh asks sshtpm-agent, by {by}"));
        }
        Answer::Missing => "nothing is there".to_owned(),
        Answer::Unreachable(error) => format!("nothing answers there: {error}"),
        Answer::Refuses(error) => format!("it does not answer: {error}"),
        Answer::Foreign(uid) => {
            format!("the process that listens there runs as uid {uid}, not as you")
        }
    };
    let next = match (by, answer) {
        (_, Answer::Foreign(_)) => "Do not use it. Find out which program put it there.",
        (By::IdentityAgent, _) => "Start the agent: see the line above.",
        (By::Environment, _) => "That agent has ended. Log in again, or `unset SSH_AUTH_SOCK`.",
    };
    let path = socket.display();
    Finding::fail(
        format!("ssh asks sshtpm-agent at {path}, by {by}, and {why}"),
        next,
    )
}

/// This may still be an sshtpm-agent, started with `-a`.
fn other(
    by: By,
    socket: &Path,
    answer: &Answer,
    keys: &[KeyInfo],
    advice: &Advisor<'_>,
) -> Finding {
    let path = socket.display();
    let offered = match answer {
        Answer::Offers(offered) => offered.as_slice(),
        _ => &[],
    };
    let usable = keys.iter().filter(|key| !is_lost(key)).count();
    if usable > 0 && agent::offers(offered, keys) {
        return Finding::ok(format!("ssh asks {path}, by {by}, which offers your keys"));
    }
    let next = match by {
        By::IdentityAgent => advice.ask_ours(),
        By::Environment => SETUP.to_owned(),
    };
    let what = match answer {
        Answer::Missing | Answer::Unreachable(_) => ", and nothing answers there",
        _ => "",
    };
    Finding::warn(
        format!("ssh asks another agent, {path}, by {by}{what}"),
        next,
    )
}

#[cfg(test)]
#[path = "ssh_tests.rs"]
mod tests;
