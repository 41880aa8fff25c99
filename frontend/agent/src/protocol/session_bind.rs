//! The extension `session-bind@openssh.com`: which SSH session a connection serves.
//!
//! The client proves with the signature of the key exchange that it, or the host that forwards
//! through it, talks to the owner of the host key. What is bound stays bound as long as the
//! connection lives.
//!
//! Specs: OpenSSH `PROTOCOL.agent` §1; RFC 4253 §7.2 and §8.

use std::rc::Rc;

use sshtpm_ssh::limits::MAX_SESSIONS;
use sshtpm_ssh::session::{Binding, NotABinding};
use tracing::debug;

use super::reply::Reply;
use super::verifier::{Unproven, Verifier};
use crate::origin::Origin;
use crate::standing::Standing;

/// Name of the extension.
pub(super) const NAME: &str = "session-bind@openssh.com";

/// Most bindings of a connection that fail before it is closed. A client that means well makes one
/// for each hop. Only the first that fails, and those before it, cost a verification each: at most
/// [`MAX_SESSIONS`] in the life of a connection.
const MAX_FAILURES: usize = 16;

/// Most bytes of host keys, identifiers and signatures that a connection keeps. A plain key and
/// what belongs to it take up to 1.2 KiB; the rest is room for the principals of host certificates.
const MAX_KEPT_BYTES: usize = 32 * 1024;

/// Answers `content`: `string` host key, `string` session identifier, `string` signature,
/// `boolean` is_forwarding.
pub(super) async fn answer(content: &[u8], bindings: &mut Bindings) -> Reply {
    match bindings.bind(content).await {
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
    /// Shared with the requests that are in progress.
    sessions: Rc<Vec<Binding>>,
    is_broken: bool,
    failures: usize,
    verifier: Rc<Verifier>,
    standing: Rc<Standing>,
}

/// Why a connection is not bound.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum Refusal {
    #[error(transparent)]
    NotABinding(#[from] NotABinding),
    #[error(transparent)]
    Unproven(#[from] Unproven),
    #[error("the connection is already bound to a session that ends at its host")]
    NotForwarding,
    #[error("the session is already bound to another host key")]
    OtherHostKey,
    #[error("the connection has {MAX_SESSIONS} sessions already")]
    TooMany,
    #[error("the sessions of the connection have more than {MAX_KEPT_BYTES} bytes")]
    TooMuch,
    #[error("the connection could not be bound to an earlier session")]
    Broken,
}

/// What a claim of a client needs in order to be accepted.
enum Claim {
    /// Nothing: the same session is bound already.
    Known,
    /// The proof of it.
    New(Binding),
}

impl Bindings {
    /// A connection of `standing` without sessions, whose proofs `verifier` will verify.
    pub(crate) fn new(verifier: Rc<Verifier>, standing: Rc<Standing>) -> Self {
        Self {
            verifier,
            standing,
            ..Self::default()
        }
    }

    /// Where the requests of the connection come from.
    ///
    /// It is forwarded as soon as one session is: the first is the SSH client's of this machine,
    /// and what follows may be said by the host at its other end, also that a session ends there. A
    /// connection that was to be bound and is not is none that is known to be local.
    pub(crate) fn origin(&self) -> Origin {
        match self.sessions.iter().any(|session| session.is_forwarding) {
            true => Origin::Forwarded,
            false => Origin::Local,
        }
    }

    /// What the broker is told.
    pub(crate) fn sessions(&self) -> Rc<Vec<Binding>> {
        Rc::clone(&self.sessions)
    }

    /// Whether no session is missing.
    pub(super) fn are_whole(&self) -> bool {
        !self.is_broken
    }

    /// Whether the client has tried often enough.
    pub(crate) fn failed_too_often(&self) -> bool {
        self.failures >= MAX_FAILURES
    }

    async fn bind(&mut self, content: &[u8]) -> Result<(), Refusal> {
        let bound = self.accept(content).await;
        if bound.is_err() {
            self.failures = self.failures.saturating_add(1);
            self.give_up();
        }
        bound
    }

    /// Puts an unproven session in the place of the one that is missing, and of all that would
    /// follow. A restricted key is then not used as if the connection were local, or as if what
    /// comes later followed the last host that could be verified.
    fn give_up(&mut self) {
        if self.is_broken || self.is_ended() {
            return;
        }
        self.is_broken = true;
        let sessions = Rc::make_mut(&mut self.sessions);
        sessions.truncate(MAX_SESSIONS - 1);
        sessions.push(Binding::unproven());
    }

    /// Whether the last session is for logging in, and no other can follow.
    fn is_ended(&self) -> bool {
        let last = self.sessions.last();
        last.is_some_and(|session| !session.is_forwarding)
    }

    /// Verifying is dear, so it comes last.
    async fn accept(&mut self, content: &[u8]) -> Result<(), Refusal> {
        let Claim::New(claim) = self.check(Binding::parse(content)?)? else {
            return Ok(());
        };
        let origin = self.origin_with(&claim);
        self.standing.verify(origin);
        let proven = self.verifier.verify(claim, origin).await?;
        Rc::make_mut(&mut self.sessions).push(proven);
        let count = self.sessions.len();
        debug!("bound a connection to its SSH session {count}");
        Ok(())
    }

    /// Where the requests of the connection come from if `claim` is proven.
    fn origin_with(&self, claim: &Binding) -> Origin {
        match claim.is_forwarding {
            true => Origin::Forwarded,
            false => self.origin(),
        }
    }

    /// Holds `claim` against what is bound already.
    fn check(&self, claim: Binding) -> Result<Claim, Refusal> {
        if self.is_ended() {
            return Err(Refusal::NotForwarding);
        }
        if self.is_broken {
            return Err(Refusal::Broken);
        }
        for known in self.sessions.iter() {
            if known.session_id == claim.session_id {
                // The same once more is nothing new, and does no harm.
                return if known.host_key == claim.host_key {
                    Ok(Claim::Known)
                } else {
                    Err(Refusal::OtherHostKey)
                };
            }
        }
        if self.sessions.len() >= MAX_SESSIONS {
            return Err(Refusal::TooMany);
        }
        let kept = self.sessions.iter().chain([&claim]).map(Binding::bytes);
        if kept.sum::<usize>() > MAX_KEPT_BYTES {
            return Err(Refusal::TooMuch);
        }
        Ok(Claim::New(claim))
    }
}

#[cfg(test)]
#[path = "session_bind_tests.rs"]
mod tests;
