//! The user's sshtpm-agent: whether it listens, is the user's own, and offers the user's keys.
//!
//! May touch: its socket, with one request for its list. Must never have anything signed.
//!
//! Sources: RFC 9987 §3.5; unix(7), `SO_PEERCRED`. Of a socket of systemd's it names who listens: the
//! user's own systemd.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::unistd::getuid;
use ssh_key::PublicKey;
use ssh_key::public::KeyData;
use sshtpm_dbus::KeyInfo;
use tokio::net::UnixStream;

use super::finding::{Advice, Finding};
use super::keys::{Keys, is_lost};
use crate::agent_socket::{self, SshAgent};
use crate::host_keys::agent_connection::AgentConnection;
use sshtpm_client::socket::{DIRECTORY, FILE};

/// How long an agent may take for its list. Ours asks the broker, which asks polkit; that both answer
/// was seen before.
const MAX_ANSWER: Duration = Duration::from_secs(10);

/// How to have the agent's socket now and after each login.
const ENABLE_COMMAND: &str = "systemctl --user enable --now sshtpm-agent.socket";

/// What came of asking an agent.
#[derive(Debug)]
pub(crate) enum Answer {
    /// There is no socket.
    Missing,
    /// Nobody can be reached behind it.
    Unreachable(io::Error),
    /// It is another user's.
    Foreign(u32),
    /// It listens, and was not asked for its list.
    Listens,
    /// It does not give its list.
    Refuses(io::Error),
    /// It offers these keys.
    Offers(Vec<KeyData>),
}

/// Where the agent that systemd starts for this user listens; without `XDG_RUNTIME_DIR`, as in a cron
/// job, where it would. Source: pam_systemd(8).
pub(crate) fn standard_socket() -> PathBuf {
    agent_socket::own_socket().unwrap_or_else(|| {
        let runtime = Path::new("/run/user").join(getuid().to_string());
        runtime.join(DIRECTORY).join(FILE)
    })
}

/// Where the user's sshtpm-agent is: at the standard socket, or where `SSH_AUTH_SOCK` has one that was
/// started by hand: it has a name of sshtpm-agent's, or offers the user's `keys` and no others.
pub(crate) async fn socket(keys: &Keys) -> PathBuf {
    let standard = standard_socket();
    match SshAgent::from_environment() {
        SshAgent::Sshtpm(by_hand) if !standard.exists() && by_hand.exists() => by_hand,
        SshAgent::Other(by_hand) if !standard.exists() && serves(&by_hand, keys).await => by_hand,
        _ => standard,
    }
}

async fn serves(socket: &Path, keys: &Keys) -> bool {
    let Ok(keys) = keys else {
        return false;
    };
    let usable = usable(keys);
    match ask(socket, true).await {
        Answer::Offers(offered) => {
            offers(&offered, keys) && offered.iter().all(|key| usable.contains(key))
        }
        _ => false,
    }
}

/// Whether `socket` is one of sshtpm-agent's, as far as its name tells.
pub(crate) fn is_named_ours(socket: &Path) -> bool {
    let agent = SshAgent::of(Some(socket.as_os_str()), Some(&standard_socket()));
    matches!(agent, SshAgent::Sshtpm(_))
}

/// Whether `socket` is one of sshtpm-agent's, and who answers there is the user.
pub(crate) async fn is_ours(socket: &Path) -> bool {
    is_named_ours(socket) && is_the_users(socket).await
}

/// Whether who answers at `socket` is the user.
pub(crate) async fn is_the_users(socket: &Path) -> bool {
    matches!(
        ask(socket, false).await,
        Answer::Listens | Answer::Offers(_)
    )
}

/// Asks the agent at `socket` who it is, and if `for_keys`, for its list.
pub(crate) async fn ask(socket: &Path, for_keys: bool) -> Answer {
    tokio::time::timeout(MAX_ANSWER, ask_now(socket, for_keys))
        .await
        .unwrap_or_else(|_elapsed| Answer::Refuses(io::ErrorKind::TimedOut.into()))
}

async fn ask_now(socket: &Path, for_keys: bool) -> Answer {
    let peer = match UnixStream::connect(socket).await {
        Ok(stream) => stream.peer_cred(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Answer::Missing,
        Err(error) => return Answer::Unreachable(error),
    };
    match peer {
        Ok(peer) if peer.uid() != getuid().as_raw() => return Answer::Foreign(peer.uid()),
        Ok(_) => {}
        Err(error) => return Answer::Unreachable(error),
    }
    if !for_keys {
        return Answer::Listens;
    }
    match list(socket).await {
        Ok(keys) => Answer::Offers(keys),
        Err(error) => Answer::Refuses(error),
    }
}

async fn list(socket: &Path) -> io::Result<Vec<KeyData>> {
    AgentConnection::connect(socket).await?.identities().await
}

/// Whether the agent at `socket` gives a good `answer`, where the user has these keys.
pub(crate) fn check(socket: &Path, answer: &Answer, keys: &Keys, is_root: bool) -> Finding {
    let path = socket.display();
    match answer {
        Answer::Missing if is_root => {
            Finding::skipped("root has none; run it as the user whose agent you mean")
        }
        Answer::Missing => Finding::Fail(missing(socket)),
        Answer::Unreachable(error) => Finding::fail(
            format!("nobody can be reached at {path}: {error}"),
            "`systemctl --user restart sshtpm-agent.socket`.",
        ),
        Answer::Foreign(uid) => Finding::fail(
            format!("who listens at {path} is uid {uid}, not you"),
            "Do not use it; find out who put it there.",
        ),
        Answer::Listens => Finding::ok(format!(
            "it listens at {path}; what it offers was not asked for, as your keys are not known"
        )),
        Answer::Refuses(error) => Finding::fail(
            format!("the agent at {path} does not list its keys: {error}"),
            "`systemctl --user restart sshtpm-agent.service`. `journalctl --user -u sshtpm-agent` \
             says more.",
        ),
        Answer::Offers(offered) => compare(socket, offered, keys.as_deref().unwrap_or_default()),
    }
}

/// What to do where there is no agent.
pub(crate) fn missing(socket: &Path) -> Advice {
    Advice {
        found: format!("there is no agent at {}", socket.display()),
        next: format!(
            "`{ENABLE_COMMAND}`.\nWhere systemd runs nothing for you: `{}`.",
            agent_socket::start_command()
        ),
    }
}

fn compare(socket: &Path, offered: &[KeyData], keys: &[KeyInfo]) -> Finding {
    let path = socket.display();
    let usable = usable(keys);
    if !offered.iter().all(|key| usable.contains(key)) {
        return Finding::fail(
            format!("the agent at {path} offers keys that the broker does not have"),
            format!("It is no sshtpm-agent. End it, then `{ENABLE_COMMAND}`."),
        );
    }
    let count = usable.len();
    if !offers(offered, keys) {
        return Finding::fail(
            format!(
                "the agent at {path} offers {} of your {count} keys",
                offered.len()
            ),
            "`systemctl --user restart sshtpm-agent.service`, then look again.",
        );
    }
    match count {
        0 => Finding::ok(format!("it listens at {path}, with no key to offer")),
        1 => Finding::ok(format!("it offers your key at {path}")),
        _ => Finding::ok(format!("it offers your {count} keys at {path}")),
    }
}

/// Whether all `keys` that can be used are `offered`.
pub(crate) fn offers(offered: &[KeyData], keys: &[KeyInfo]) -> bool {
    usable(keys).iter().all(|key| offered.contains(key))
}

fn usable(keys: &[KeyInfo]) -> Vec<KeyData> {
    keys.iter()
        .filter(|key| !is_lost(key))
        .filter_map(|key| PublicKey::from_openssh(&key.public_key).ok())
        .map(|key| key.key_data().clone())
        .collect()
}

#[cfg(test)]
#[path = "agent_tests.rs"]
mod tests;
