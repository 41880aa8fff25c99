//! Verifies what proves the sessions of `session-bind@openssh.com`, away from the thread that
//! serves.
//!
//! A host to which the agent is forwarded chooses its key, and how many connections it opens. P-521
//! and long RSA keys take milliseconds each. One proof of each origin is verified at a time, in the
//! order in which they came; a connection has at most one.
//!
//! Specs: RFC 4253 §8.

use std::sync::Arc;

use ssh_agent_lib::proto::extension::SessionBind;
use sshtpm_ssh::identity::Identity;
use sshtpm_ssh::session::Binding;
use sshtpm_ssh::signature;
use sshtpm_ssh::wire::Malformed;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use crate::origin::Origin;

/// Proofs that are verified at a time, of connections of one origin. The agent thus uses one
/// processor at most for what other hosts send.
const AT_A_TIME: usize = 1;

/// Verifies the proofs of all connections.
#[derive(Debug)]
pub(crate) struct Verifier {
    local: Arc<Semaphore>,
    forwarded: Arc<Semaphore>,
}

/// Why a session is not proven.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unproven {
    #[error("the host key or the signature is malformed")]
    Malformed(#[from] Malformed),
    #[error("the signature is not one of the host key over the session identifier")]
    BadSignature,
    #[error("the agent is ending, or an error in it ended the verification")]
    Interrupted,
}

impl Default for Verifier {
    /// A verifier with nothing to do.
    fn default() -> Self {
        let turns = || Arc::new(Semaphore::new(AT_A_TIME));
        Self {
            local: turns(),
            forwarded: turns(),
        }
    }
}

impl Verifier {
    /// Waits for a turn of `origin`, verifies `claim`, and returns it if it is proven.
    ///
    /// If this future is dropped, the turn is given up. A verification that has begun keeps its
    /// turn to its end, so a client cannot hang up and come back to have several at a time.
    ///
    /// # Errors
    ///
    /// The signature is not one of the host key over the session identifier.
    pub(super) async fn verify(&self, claim: Binding, origin: Origin) -> Result<Binding, Unproven> {
        let turn = Arc::clone(self.turns(origin)).acquire_owned().await;
        let turn = turn.map_err(|_| Unproven::Interrupted)?;
        let work = move || {
            let proven = verify(&claim);
            drop(turn);
            proven.map(|()| claim)
        };
        spawn_blocking(work)
            .await
            .map_err(|_| Unproven::Interrupted)?
    }

    fn turns(&self, origin: Origin) -> &Arc<Semaphore> {
        match origin {
            Origin::Local => &self.local,
            Origin::Forwarded => &self.forwarded,
        }
    }

    /// Takes the turn of `origin`, as a verification without an end would.
    #[cfg(test)]
    pub(crate) fn occupy(&self, origin: Origin) -> tokio::sync::OwnedSemaphorePermit {
        Arc::clone(self.turns(origin)).try_acquire_owned().unwrap()
    }
}

/// # Errors
///
/// The signature is not one of the host key over the session identifier.
pub(super) fn verify(claim: &Binding) -> Result<(), Unproven> {
    let bind = SessionBind {
        host_key: Identity::of_host(&claim.host_key)?.into_key(),
        session_id: claim.session_id.clone(),
        signature: signature::parse(&claim.signature)?,
        is_forwarding: claim.is_forwarding,
    };
    bind.verify_signature().map_err(|_| Unproven::BadSignature)
}
