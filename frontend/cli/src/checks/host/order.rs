//! Whether ssh offers the keys early enough. A server counts each key that it does not accept as a
//! failed try, and ends the session after some.
//!
//! May touch: the agent that ssh asks, with one request for its list.
//!
//! Sources: `sshconnect2.c` of OpenSSH, `pubkey_prepare`: keys of the agent that IdentityFile names
//! come first, then its other keys, in its order. sshd_config(5), `MaxAuthTries`.

use std::path::Path;
use std::time::Duration;

use ssh_key::PublicKey;
use sshtpm_dbus::KeyInfo;

use crate::checks::finding::Finding;
use crate::checks::first_lines;
use crate::key_selector::describe;
use crate::probe::agent_connection::AgentConnection;
use crate::probe::identity_files::{self, Offered};
use crate::probe::ssh_agent::AgentOfSsh;
use crate::probe::ssh_settings::SshSettings;
use crate::restrictions::place::Place;

/// How many keys sshd lets ssh try, unless its configuration says otherwise: `MaxAuthTries`.
const MAX_AUTH_TRIES: usize = 6;

/// How long the agent may take for its list, as for other lists of agents.
const MAX_ANSWER: Duration = Duration::from_secs(10);

/// Most keys of the agent that are held against files.
const MAX_COMPARED: usize = 64;

/// Whether ssh offers all `keys` before a server ends the session.
pub(super) async fn check(
    place: &Place,
    settings: &SshSettings,
    home: Option<&Path>,
    keys: &[&KeyInfo],
) -> Finding {
    let Some(socket) = AgentOfSsh::read(settings).socket else {
        return Finding::skipped("ssh asks no agent");
    };
    let blobs = tokio::time::timeout(MAX_ANSWER, list(&socket)).await;
    let Ok(Ok(blobs)) = blobs else {
        return Finding::skipped("the agent that ssh asks does not list its keys");
    };
    let files = identity_files::named(settings, home);
    let only = Offered::read(settings, home) != Offered::All;
    let is_named = |key: &String| files.iter().any(|file| identity_files::holds(file, key));
    let offered = blobs
        .iter()
        .take(MAX_COMPARED)
        .filter_map(|blob| text(blob));
    let (named, others): (Vec<String>, Vec<String>) = offered.partition(is_named);
    let others = if only { Vec::new() } else { others };
    judge(place, home, &[named, others].concat(), keys)
}

async fn list(socket: &Path) -> std::io::Result<Vec<Vec<u8>>> {
    AgentConnection::connect(socket).await?.blobs().await
}

/// As a line of a public key file has it.
fn text(blob: &[u8]) -> Option<String> {
    PublicKey::from_bytes(blob).ok()?.to_openssh().ok()
}

/// Whether ssh, which tries keys in this `order`, comes to all `keys`.
fn judge(place: &Place, home: Option<&Path>, order: &[String], keys: &[&KeyInfo]) -> Finding {
    let position = |key: &KeyInfo| order.iter().position(|one| *one == key.public_key);
    let late = keys
        .iter()
        .filter(|key| position(key) >= Some(MAX_AUTH_TRIES));
    let late: Vec<&&KeyInfo> = late.collect();
    match late.first() {
        None => Finding::ok(match order.len() {
            1 => format!("ssh offers one key to {place}"),
            count => format!("ssh offers {count} keys to {place}"),
        }),
        Some(first) => Finding::warn(
            format!(
                "ssh offers {} keys to {place}, and most servers end the session after \
                 {MAX_AUTH_TRIES}, before key {}",
                order.len(),
                describe(first)
            ),
            first_lines::only_this_key(place, home, first),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::{Finding, KeyInfo, MAX_AUTH_TRIES, Place, judge};
    use crate::key_listing::example_key;

    fn look(before: usize) -> Finding {
        let key: KeyInfo = example_key();
        let others = (0..before).map(|number| format!("ssh-ed25519 {number}"));
        let order: Vec<String> = others.chain([key.public_key.clone()]).collect();
        judge(&Place::parse("alpha").unwrap(), None, &order, &[&key])
    }

    #[test]
    fn a_key_behind_as_many_as_a_server_takes_is_a_warning() {
        assert!(matches!(look(MAX_AUTH_TRIES - 1), Finding::Ok(_)));
        let Finding::Warn(advice) = look(MAX_AUTH_TRIES) else {
            panic!("no warning");
        };
        assert!(advice.next.contains("IdentitiesOnly yes"), "{advice:?}");
        assert!(advice.next.contains("Host alpha"), "{advice:?}");
    }
}
