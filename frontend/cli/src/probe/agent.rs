//! An agent: whether it listens, which user runs it, and which keys it offers.
//!
//! May touch: its socket, with one request for its list. Must never request a signature.
//!
//! Sources: RFC 9987 §3.5; unix(7), `SO_PEERCRED`. For a socket that systemd made, it names the
//! process that listens: the user's own systemd.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::unistd::getuid;
use ssh_key::PublicKey;
use ssh_key::public::KeyData;
use sshtpm_dbus::KeyInfo;
use tokio::net::UnixStream;

use super::agent_connection::AgentConnection;
use super::agent_socket::{is_named_ours, standard_socket};
use super::keys::Keys;
use super::ssh_agent::{AgentOfSsh, SshAgent};
use crate::key_state::is_lost;
use crate::raw;

/// How long an agent may take for its list; ssh would wait without end. Ours may have to be
/// started, and gives the bus 10 s. Then it asks the broker, which gives polkit 25 s.
const MAX_ANSWER: Duration = Duration::from_secs(40);

/// What came of asking an agent.
#[derive(Debug)]
pub(crate) enum Answer {
    /// There is no socket.
    Missing,
    /// Nothing answers behind it.
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

/// Where the user's sshtpm-agent is: at the standard socket, or where `SSH_AUTH_SOCK` has one that
/// was started by hand: it has a name of sshtpm-agent's, or offers the user's `keys` and no others.
pub(crate) async fn socket(keys: &Keys) -> PathBuf {
    let standard = standard_socket();
    match AgentOfSsh::of_environment().kind() {
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

/// Whether `socket` is one of sshtpm-agent's, and a process of the user answers there.
pub(crate) async fn is_ours(socket: &Path) -> bool {
    is_named_ours(socket) && is_the_users(socket).await
}

/// Whether `socket` is named at all, and [`is_ours`].
pub(crate) async fn is_named(socket: Option<&Path>) -> bool {
    match socket {
        Some(socket) => is_ours(socket).await,
        None => false,
    }
}

/// Whether a process of the user answers at `socket`.
pub(crate) async fn is_the_users(socket: &Path) -> bool {
    matches!(
        ask(socket, false).await,
        Answer::Listens | Answer::Offers(_)
    )
}

/// Connects to the agent at `socket`, and asks it for its list if `for_keys`.
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

/// Whether all `keys` that can be used are `offered`. One that depends on the screen may be
/// missing: it is not offered while that is locked. A raw one is not offered.
pub(crate) fn offers(offered: &[KeyData], keys: &[KeyInfo]) -> bool {
    let always = keys.iter();
    let always = always.filter(|key| !key.while_unlocked && !raw::is_raw(key));
    let always: Vec<_> = always.cloned().collect();
    usable(&always).iter().all(|key| offered.contains(key))
}

/// The public halves of those of `keys` that can be used.
pub(crate) fn usable(keys: &[KeyInfo]) -> Vec<KeyData> {
    keys.iter()
        .filter(|key| !is_lost(key))
        .filter_map(|key| PublicKey::from_openssh(&key.public_key).ok())
        .map(|key| key.key_data().clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;
    use std::time::Duration;

    use sshtpm_dbus::KeyInfo;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::{Answer, ask, is_ours, offers};
    use crate::key_listing::example_key;

    /// An agent that was just started: 10 s for the bus, 25 s for polkit.
    const SLOW: Duration = Duration::from_secs(35);

    #[tokio::test]
    async fn an_agent_that_starts_and_waits_for_polkit_is_heard() {
        let home = tempfile::tempdir().unwrap();
        let socket = home.path().join("agent.sock");
        let listener = tokio::net::UnixListener::bind(&socket).unwrap();
        let agent = async {
            let _look = listener.accept().await.unwrap();
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 5];
            stream.read_exact(&mut request).await.unwrap();
            tokio::time::pause();
            tokio::time::advance(SLOW).await;
            tokio::time::resume();
            // An empty list.
            stream.write_all(&[0, 0, 0, 5, 12, 0, 0, 0, 0]).await.ok();
            stream
        };
        let (answer, _stream) = tokio::join!(ask(&socket, true), agent);
        assert!(
            matches!(&answer, Answer::Offers(keys) if keys.is_empty()),
            "{answer:?}"
        );
    }

    #[test]
    fn an_agent_need_not_offer_a_raw_key() {
        let raw = KeyInfo {
            purposes: vec!["raw".to_owned()],
            ..example_key()
        };
        assert!(offers(&[], std::slice::from_ref(&raw)));
        assert!(!offers(&[], &[raw, example_key()]));
    }

    #[tokio::test]
    async fn an_agent_is_ours_by_its_socket_s_name_and_its_uid() {
        let home = tempfile::tempdir().unwrap();
        let directory = home.path().join("sshtpm-x");
        std::fs::create_dir(&directory).unwrap();
        let (named, other) = (directory.join("agent.sock"), directory.join("agent.1"));
        assert!(!is_ours(&named).await, "nothing is there");
        let listeners = [&named, &other].map(|path| UnixListener::bind(path).unwrap());
        assert!(is_ours(&named).await);
        assert!(!is_ours(&other).await, "its name is another's");
        drop(listeners);
        assert!(!is_ours(&named).await, "it died, and its socket is left");
    }
}
