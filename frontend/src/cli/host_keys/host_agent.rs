//! Whether the agent of the host keys serves them.
//!
//! Purpose: `sshd -t` is content with an agent that listens; without the keys in it, every login
//! would fail. May touch: the agent's socket, with one request for its list.
//!
//! Source: RFC 9987 §3.5 (requesting a list of keys).

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use ssh_agent_lib::proto::{PublicCredential, Response};
use ssh_agent_lib::ssh_encoding::Decode;
use ssh_key::PublicKey;
use ssh_key::public::KeyData;
use sshtpm_dbus::{KeyInfo, MAX_CALL_SECONDS};

use crate::cli::error::Failure;
use crate::cli::key_selector::describe;

/// `SSH_AGENTC_REQUEST_IDENTITIES` in its frame: length 1, type 11.
const REQUEST_IDENTITIES: [u8; 5] = [0, 0, 0, 1, 11];

/// Largest answer, in bytes (`AGENT_MAX_LEN` in OpenSSH's `authfd.c`).
const MAX_ANSWER_BYTES: usize = 256 * 1024;

/// How long the agent may take; it asks the broker, which may have to wait for the TPM.
const MAX_ANSWER: Duration = Duration::from_secs(MAX_CALL_SECONDS);

/// Checks that the agent at `socket` serves all `keys`.
///
/// # Errors
///
/// It cannot be reached, or lacks one of them.
pub(crate) async fn check(socket: &Path, keys: &[KeyInfo]) -> Result<(), Failure> {
    let path = socket.to_owned();
    let served = tokio::task::spawn_blocking(move || identities(&path))
        .await
        .map_err(io::Error::other)
        .flatten()
        .map_err(|error| {
            Failure::new(
                format!("cannot ask the agent at {} for host keys", socket.display()),
                error,
            )
            .and_next(
                "sshd could not start without it. Start it with \
                 `systemctl enable --now sshtpm-host-agent.socket`.",
            )
        })?;
    match keys.iter().find(|key| !serves(&served, key)) {
        None => Ok(()),
        Some(missing) => Err(Failure::new(
            format!("cannot make sshd use host key {}", describe(missing)),
            format!("the agent at {} does not serve it", socket.display()),
        )
        .and_next("Try again once `sshtpm status` says that the TPM is ready.")),
    }
}

fn identities(socket: &Path) -> io::Result<Vec<KeyData>> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(MAX_ANSWER))?;
    stream.set_write_timeout(Some(MAX_ANSWER))?;
    stream.write_all(&REQUEST_IDENTITIES)?;
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
    if length > MAX_ANSWER_BYTES {
        return Err(io::Error::other("its answer is too long"));
    }
    let mut answer = vec![0; length];
    stream.read_exact(&mut answer)?;
    parse(&answer)
}

fn parse(mut answer: &[u8]) -> io::Result<Vec<KeyData>> {
    match Response::decode(&mut answer) {
        Ok(Response::IdentitiesAnswer(identities)) => Ok(identities
            .into_iter()
            .filter_map(|identity| match identity.credential {
                PublicCredential::Key(key) => Some(key),
                PublicCredential::Cert(_) => None,
            })
            .collect()),
        Ok(_) => Err(io::Error::other("it refuses to list its keys")),
        Err(error) => Err(io::Error::other(format!(
            "its answer cannot be understood: {error}"
        ))),
    }
}

fn serves(served: &[KeyData], key: &KeyInfo) -> bool {
    PublicKey::from_openssh(&key.public_key).is_ok_and(|key| served.contains(key.key_data()))
}

#[cfg(test)]
mod tests {
    use ssh_agent_lib::ssh_encoding::Encode;
    use ssh_key::PublicKey;
    use sshtpm_dbus::KeyInfo;

    use super::{parse, serves};
    use crate::cli::key_listing::example_key;

    fn answer() -> Vec<u8> {
        let key = PublicKey::from_openssh(&example_key().public_key).unwrap();
        let mut answer = vec![12, 0, 0, 0, 1];
        key.key_data().encode_prefixed(&mut answer).unwrap();
        "comment".encode(&mut answer).unwrap();
        answer
    }

    #[test]
    fn a_key_in_the_list_is_found() {
        assert!(serves(&parse(&answer()).unwrap(), &example_key()));
    }

    #[test]
    fn a_key_that_is_not_in_the_list_is_missed() {
        assert!(!serves(&parse(&[12, 0, 0, 0, 0]).unwrap(), &example_key()));
        let damaged = KeyInfo {
            public_key: "ecdsa-sha2-nistp256 AAAA".to_owned(),
            ..example_key()
        };
        assert!(!serves(&parse(&answer()).unwrap(), &damaged));
    }

    #[test]
    fn an_answer_that_is_cut_off_or_a_refusal_is_an_error() {
        let answer = answer();
        for length in 0..answer.len() {
            assert!(parse(answer.get(..length).unwrap()).is_err(), "{length}");
        }
        assert!(parse(&[5]).is_err());
    }
}
