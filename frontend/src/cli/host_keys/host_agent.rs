//! Whether the agent of the host keys serves them, and the TPM signs with them.
//!
//! Purpose: `sshd -t` is content with an agent that listens; without the keys in it, or without a TPM
//! that works behind it, every login would fail. May touch: the agent's socket, with one request for
//! its list and one signature with each key. Must never have anything signed that could pass for
//! what sshd has signed, hence the SSHSIG format and a namespace of its own.
//!
//! Source: OpenSSH `PROTOCOL.sshsig`; for the requests see [`AgentConnection`].

use std::fmt::Display;
use std::io;
use std::path::Path;
use std::time::Duration;

use ssh_agent_lib::proto::RSA_SHA2_512;
use ssh_key::public::KeyData;
use ssh_key::{HashAlg, PublicKey, SshSig};
use sshtpm_dbus::{KeyInfo, MAX_CALL_SECONDS};

use super::agent_connection::AgentConnection;
use super::boot::ENABLE_COMMAND;
use crate::cli::error::Failure;
use crate::cli::key_selector::describe;

/// How long the agent may take for everything, from the connection to the last signature; it asks the
/// broker, which may have to wait for the TPM.
const MAX_CHECK: Duration = Duration::from_secs(MAX_CALL_SECONDS);

/// Namespace of the signatures that are asked for, so that they are good for nothing else.
const NAMESPACE: &str = "host-keys-enable@sshtpm.org";

/// What is signed.
const MESSAGE: &[u8] = b"sshtpm host-keys enable: does the TPM sign?";

/// Checks that the agent at `socket` serves all `keys` and signs with each of them.
///
/// # Errors
///
/// It cannot be reached, takes too long, lacks one of them, or does not sign with it.
pub(crate) async fn check(socket: &Path, keys: &[KeyInfo]) -> Result<(), Failure> {
    tokio::time::timeout(MAX_CHECK, check_each(socket, keys))
        .await
        .unwrap_or_else(|_elapsed| Err(cannot_ask(socket, "it takes too long")))
}

async fn check_each(socket: &Path, keys: &[KeyInfo]) -> Result<(), Failure> {
    let unreachable = |error: io::Error| cannot_ask(socket, error);
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
            let why = format!("the agent at {} does not sign: {error}", socket.display());
            cannot_use(key, why)
        })?;
    }
    Ok(())
}

fn find(served: &[KeyData], key: &KeyInfo) -> Option<PublicKey> {
    let public = PublicKey::from_openssh(&key.public_key).ok()?;
    served.contains(public.key_data()).then_some(public)
}

async fn sign(agent: &mut AgentConnection, key: &PublicKey) -> io::Result<()> {
    let data =
        SshSig::signed_data(NAMESPACE, HashAlg::Sha512, MESSAGE).map_err(io::Error::other)?;
    let flags = match key.key_data() {
        KeyData::Rsa(_) => RSA_SHA2_512,
        _ => 0,
    };
    let signature = agent.sign(key.key_data(), data, flags).await?;
    SshSig::new(
        key.key_data().clone(),
        NAMESPACE,
        HashAlg::Sha512,
        signature,
    )
    .and_then(|signature| key.verify(NAMESPACE, MESSAGE, &signature))
    .map_err(|_| io::Error::other("its signature is wrong"))
}

fn cannot_ask(socket: &Path, why: impl Display) -> Failure {
    Failure::new(
        format!("cannot ask the agent at {} for host keys", socket.display()),
        why,
    )
    .and_next(format!(
        "sshd could not start without it. Start it with `{ENABLE_COMMAND}`."
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
