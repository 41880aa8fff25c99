//! Whether the agent of the host keys serves them, and the TPM signs with them.
//!
//! Purpose: `sshd -t` accepts an agent that listens. If the keys are not in it, or no TPM works
//! behind it, every login would fail.
//!
//! May touch: the agent's socket, with one request for its list and one signature with each key.
//! Must never obtain a signature that is of use to anyone. Host keys sign only what sshd signs, so
//! this is a proof that the host has the key, for a session that does not exist: its identifier is
//! random each time.
//!
//! Source: OpenSSH `PROTOCOL` §2.5 (`hostkeys-prove-00@openssh.com`); for the requests see
//! [`AgentConnection`].

use std::fmt::Display;
use std::io;
use std::path::Path;
use std::time::Duration;

use rustix::rand::{GetRandomFlags, getrandom};
use signature::Verifier as _;
use ssh_agent_lib::proto::RSA_SHA2_512;
use ssh_agent_lib::ssh_encoding::Encode as _;
use ssh_key::PublicKey;
use ssh_key::public::KeyData;
use sshtpm_dbus::KeyInfo;
use sshtpm_ssh::limits::MAX_CALL_SECONDS;

use super::boot::ENABLE_COMMAND;
use crate::error::Failure;
use crate::key_selector::describe;
use crate::probe::agent_connection::AgentConnection;

/// How long the agent may take for everything, from the connection to the last signature; it asks
/// the broker, which may have to wait for the TPM.
const MAX_CHECK: Duration = Duration::from_secs(MAX_CALL_SECONDS);

/// What the proof of a host key begins with.
const HOSTKEYS_PROVE: &str = "hostkeys-prove-00@openssh.com";

/// Length of a session identifier: that of the SHA-256 hash of a key exchange (RFC 4253 §7.2).
const SESSION_ID_BYTES: usize = 32;

/// Checks that the agent at `socket` serves all `keys` and signs with each of them.
///
/// # Errors
///
/// It cannot be reached, takes too long, lacks one of them, or does not sign with it.
pub(crate) async fn check(socket: &Path, keys: &[KeyInfo]) -> Result<(), Failure> {
    tokio::time::timeout(MAX_CHECK, check_each(socket, keys))
        .await
        .unwrap_or_else(|_elapsed| Err(cannot_ask(socket, "it did not answer in time")))
}

async fn check_each(socket: &Path, keys: &[KeyInfo]) -> Result<(), Failure> {
    let unreachable = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => cannot_ask(socket, "there is no socket"),
        io::ErrorKind::ConnectionRefused => cannot_ask(socket, "nothing listens there"),
        _ => cannot_ask(socket, error),
    };
    let mut agent = AgentConnection::connect(socket)
        .await
        .map_err(unreachable)?;
    let served = agent.identities().await.map_err(unreachable)?;
    for key in keys {
        let public = find(&served, key).ok_or_else(|| {
            let why = format!("the agent at {} does not serve it", socket.display());
            cannot_use(key, why)
        })?;
        sign(&mut agent, &public).await.map_err(|error| {
            let socket = socket.display();
            cannot_use(
                key,
                format!("the agent at {socket} gives no signature: {error}"),
            )
        })?;
    }
    Ok(())
}

fn find(served: &[KeyData], key: &KeyInfo) -> Option<KeyData> {
    let public = PublicKey::from_openssh(&key.public_key).ok()?;
    let public = KeyData::from(public);
    served.contains(&public).then_some(public)
}

async fn sign(agent: &mut AgentConnection, key: &KeyData) -> io::Result<()> {
    let data = proof_for_no_session(key)?;
    let flags = match key {
        KeyData::Rsa(_) => RSA_SHA2_512,
        _ => 0,
    };
    let signature = agent.sign(key, data.clone(), flags).await?;
    let verified = key.verify(&data, &signature);
    verified.map_err(|_| io::Error::other("its signature is wrong"))
}

/// What sshd signs with `key` to prove that it has the key, for a session that does not exist.
fn proof_for_no_session(key: &KeyData) -> io::Result<Vec<u8>> {
    let mut session_id = [0; SESSION_ID_BYTES];
    if getrandom(&mut session_id, GetRandomFlags::empty())? != SESSION_ID_BYTES {
        return Err(io::Error::other("there are no random bytes"));
    }
    let mut data = Vec::new();
    let encoded = HOSTKEYS_PROVE
        .encode(&mut data)
        .and_then(|()| session_id.as_slice().encode(&mut data))
        .and_then(|()| key.encode_prefixed(&mut data));
    encoded.map_err(io::Error::other)?;
    Ok(data)
}

fn cannot_ask(socket: &Path, why: impl Display) -> Failure {
    Failure::new(
        format!("cannot ask the agent at {} for host keys", socket.display()),
        why,
    )
    .and_next(format!(
        "sshd cannot start without it. Start it with `{ENABLE_COMMAND}`."
    ))
}

fn cannot_use(key: &KeyInfo, why: impl Display) -> Failure {
    Failure::new(
        format!("cannot make sshd use host key {}", describe(key)),
        why,
    )
    .and_next("Try again once `sshtpm status` says that the TPM is ready.")
}

#[cfg(test)]
#[path = "host_agent_tests.rs"]
mod tests;
