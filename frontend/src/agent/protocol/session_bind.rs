//! The extension `session-bind@openssh.com`: which SSH session a connection serves.
//!
//! The client proves with the signature of the key exchange that it, or the host that forwards
//! through it, talks to the owner of the host key. What is bound stays bound as long as the
//! connection lives.
//!
//! Specs: OpenSSH `PROTOCOL.agent` §1; RFC 4253 §7.2 and §8.

use ssh_agent_lib::proto::extension::SessionBind;
use ssh_agent_lib::ssh_encoding::Decode;
use ssh_key::Signature;
use tracing::debug;

use super::fields::{Fields, Malformed};
use super::key_blob;
use super::reply::Reply;
use crate::agent::origin::Origin;

/// Name of the extension.
pub(super) const NAME: &str = "session-bind@openssh.com";

/// Most sessions of a connection: `AGENT_MAX_SESSION_IDS` of OpenSSH's `ssh-agent.c`.
const MAX_SESSIONS: usize = 16;

/// Most bindings of a connection that fail before it is closed. A client that means well makes one
/// for each hop; each may cost the verification of a signature.
const MAX_FAILURES: usize = 16;

/// Longest session identifier, in bytes: `AGENT_MAX_SID_LEN` of OpenSSH's `ssh-agent.c`.
const MAX_SESSION_ID_BYTES: usize = 128;

/// Longest host key that is kept, in bytes. The longest plain key that can be verified has some
/// 550; the rest is room for the principals of a host certificate.
const MAX_HOST_KEY_BYTES: usize = 16 * 1024;

/// Answers `content`: `string` host key, `string` session identifier, `string` signature,
/// `boolean` is_forwarding.
pub(super) fn answer(content: &[u8], bindings: &mut Bindings) -> Reply {
    match bindings.bind(content) {
        Ok(()) => Reply::Success,
        Err(refusal) => {
            debug!("refused to bind a connection to an SSH session: {refusal}");
            Reply::ExtensionFailure
        }
    }
}

/// The sessions of one connection, from this machine outwards: all but the last are hops through
/// which it is forwarded.
#[derive(Debug, Default)]
pub(crate) struct Bindings {
    sessions: Vec<Session>,
    is_attempted: bool,
    failures: usize,
}

#[derive(Debug, PartialEq, Eq)]
struct Session {
    host_key: Vec<u8>,
    id: Vec<u8>,
    is_forwarding: bool,
}

/// Why a connection is not bound.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum Refusal {
    #[error(transparent)]
    Malformed(#[from] Malformed),
    #[error("the session identifier is longer than {MAX_SESSION_ID_BYTES} bytes")]
    SessionIdTooLong,
    #[error("the host key is longer than {MAX_HOST_KEY_BYTES} bytes")]
    HostKeyTooLong,
    #[error("the signature is not one of the host key over the session identifier")]
    BadSignature,
    #[error("the connection is already bound to a session that ends at its host")]
    NotForwarding,
    #[error("the session is already bound to another host key")]
    OtherHostKey,
    #[error("the connection has {MAX_SESSIONS} sessions already")]
    TooMany,
}

impl Bindings {
    /// Where the requests of the connection come from.
    ///
    /// It is forwarded as soon as one session is: the first is the SSH client's of this machine, and
    /// what follows may be said by the host at its other end, also that a session ends there. A
    /// connection that was to be bound and is not is none that is known to be local.
    pub(crate) fn origin(&self) -> Origin {
        let is_bound = !self.sessions.is_empty();
        let is_forwarded = self.sessions.iter().any(|session| session.is_forwarding);
        if is_forwarded || (self.is_attempted && !is_bound) {
            Origin::Forwarded
        } else {
            Origin::Local
        }
    }

    /// Whether the client has tried often enough.
    pub(crate) fn failed_too_often(&self) -> bool {
        self.failures >= MAX_FAILURES
    }

    fn bind(&mut self, content: &[u8]) -> Result<(), Refusal> {
        // Before anything else, as in OpenSSH's `ssh-agent.c`: whatever comes of it.
        self.is_attempted = true;
        let bound = Claim::parse(content).and_then(|claim| self.accept(claim));
        if bound.is_err() {
            self.failures = self.failures.saturating_add(1);
        }
        bound
    }

    /// Verifying is dear, so it comes last.
    fn accept(&mut self, claim: Claim) -> Result<(), Refusal> {
        for known in &self.sessions {
            if !known.is_forwarding {
                return Err(Refusal::NotForwarding);
            }
            if known.id == claim.session.id {
                // The same once more is nothing new, and does no harm.
                return if known.host_key == claim.session.host_key {
                    Ok(())
                } else {
                    Err(Refusal::OtherHostKey)
                };
            }
        }
        if self.sessions.len() >= MAX_SESSIONS {
            return Err(Refusal::TooMany);
        }
        self.sessions.push(claim.verify()?);
        let count = self.sessions.len();
        debug!("bound a connection to its SSH session {count}");
        Ok(())
    }
}

/// What a client says, with the proof of it.
struct Claim {
    session: Session,
    signature: Signature,
}

impl Claim {
    fn parse(content: &[u8]) -> Result<Self, Refusal> {
        let mut fields = Fields::new(content);
        let (host_key, id) = (fields.string()?, fields.string()?);
        let signature = parse_signature(fields.string()?)?;
        let is_forwarding = fields.boolean()?;
        fields.end()?;
        if id.len() > MAX_SESSION_ID_BYTES {
            return Err(Refusal::SessionIdTooLong);
        }
        if host_key.len() > MAX_HOST_KEY_BYTES {
            return Err(Refusal::HostKeyTooLong);
        }
        let session = Session {
            host_key: host_key.to_vec(),
            id: id.to_vec(),
            is_forwarding,
        };
        Ok(Self { session, signature })
    }

    fn verify(self) -> Result<Session, Refusal> {
        let bind = SessionBind {
            host_key: key_blob::parse(&self.session.host_key)?,
            session_id: self.session.id.clone(),
            signature: self.signature,
            is_forwarding: false,
        };
        bind.verify_signature().map_err(|_| Refusal::BadSignature)?;
        Ok(self.session)
    }
}

fn parse_signature(mut blob: &[u8]) -> Result<Signature, Malformed> {
    let signature = Signature::decode(&mut blob).map_err(|_| Malformed)?;
    Fields::new(blob).end()?;
    Ok(signature)
}

#[cfg(test)]
#[path = "session_bind_tests.rs"]
mod tests;
