//! Authorization: a request is frozen, the authority is asked about it, and only then it is served.
//!
//! Only `authorize` makes a [`Permit`]. It holds the request that the authority allowed. What
//! carries the request out consumes the permit, or borrows it for each step. So a forgotten check
//! does not compile, and what is done is what was allowed.

use std::future::Future;

use thiserror::Error;

use super::identity::{Caller, Owner};
use sshtpm_ssh::error_kind::ErrorKind;

/// A request in its final form.
pub trait Request {
    /// The caller.
    fn caller(&self) -> &Caller;

    /// What has to be allowed.
    fn action(&self) -> Action;

    /// What polkit's rules can read, and what a person is told.
    fn details(&self) -> Details;

    /// What else has to be allowed, after the first.
    fn further(&self) -> Option<(Action, Details)> {
        None
    }
}

/// Says what is allowed: polkit.
pub trait Authority: Send + Sync + 'static {
    /// Asks whether `caller` may do `action`. It may wait for a person, if the caller allows that.
    /// Every failure is a refusal.
    fn check(
        &self,
        caller: &Caller,
        action: Action,
        details: &Details,
    ) -> impl Future<Output = Decision> + Send;
}

/// Asks whether `request` may be carried out.
///
/// # Errors
///
/// It may not, or the authority did not answer.
pub(crate) async fn authorize<R: Request>(
    authority: &impl Authority,
    request: R,
) -> Result<Permit<R>, Refused> {
    let first = (request.action(), request.details());
    for (action, details) in std::iter::once(first).chain(request.further()) {
        match authority.check(request.caller(), action, &details).await {
            Decision::Allowed => {}
            Decision::Refused(refused) => return Err(refused),
        }
    }
    Ok(Permit { request })
}

/// The right to carry out one request, once.
#[derive(Debug)]
#[must_use = "what was authorized has to be carried out"]
pub struct Permit<R> {
    request: R,
}

impl<R> Permit<R> {
    /// The request that was authorized.
    pub fn request(&self) -> &R {
        &self.request
    }

    /// Spends the permit, and gives the request to carry out.
    pub fn into_request(self) -> R {
        self.request
    }

    /// A permit that no authority gave, to test others with.
    #[cfg(any(test, feature = "examples"))]
    pub fn unasked(request: R) -> Self {
        Self { request }
    }
}

/// The answer to one question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a decision has no effect unless it is read"]
pub enum Decision {
    /// The request may be carried out.
    Allowed,
    /// It may not, for this reason.
    Refused(Refused),
}

/// Why the authority refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Refused {
    /// A rule or a person refused.
    #[error("not authorized: a polkit rule, or the person asked, refused")]
    NotAuthorized,
    /// The prompt was not answered in time.
    #[error("the password prompt was not answered in time; try again, and answer it")]
    Unanswered,
    /// A person has to be asked, and the call did not allow that.
    #[error("this needs a password; call again with interactive authorization allowed")]
    InteractionRequired,
    /// Too many prompts are open.
    #[error("too many password prompts are open; answer those first")]
    TooManyPrompts,
    /// The authority did not answer.
    #[error("polkit did not answer, so nothing is allowed; see `systemctl status polkit`")]
    AuthorityUnavailable,
}

impl Refused {
    /// What the caller can do about it.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NotAuthorized | Self::Unanswered => ErrorKind::NotAuthorized,
            Self::InteractionRequired => ErrorKind::InteractiveAuthorizationRequired,
            Self::TooManyPrompts => ErrorKind::LimitsExceeded,
            Self::AuthorityUnavailable => ErrorKind::AuthorizationUnavailable,
        }
    }
}

/// What an administrator can allow and forbid. Their names and defaults are in
/// `polkit/org.sshtpm.Broker1.policy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Sign with one's own key.
    UseOwnKey,
    /// Sign with a key whose every use a person has to confirm.
    ConfirmUse,
    /// See one's own keys and their use.
    ListOwnKeys,
    /// Rename one's own key.
    CommentOwnKey,
    /// Generate a key for oneself.
    CreateOwnKey,
    /// Delete one's own key.
    DeleteOwnKey,
    /// Tighten what one's own key may be used for.
    RestrictOwnKey,
    /// Relax what one's own key may be used for.
    ChangeOwnKey,
    /// Manage the keys of the host user.
    ManageHostKeys,
    /// Manage the keys of other users.
    ManageOthers,
    /// See how the TPM is and what waits for it.
    InspectTpm,
    /// Change the state of the TPM.
    ManageTpm,
}

/// What polkit's rules can read, and what a person is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    /// Names and values, for rules (`action.lookup("key")`) and for the message.
    pub entries: Vec<(&'static str, String)>,
    /// What a person is asked; may refer to entries as `$(name)`.
    pub message: &'static str,
}

/// Whose keys a request is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The caller.
    pub caller: Caller,
    /// The caller, or another user that the caller named.
    pub owner: Owner,
    relation: Relation,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    Own,
    Host,
    Other,
}

impl Target {
    /// `named` is the user that the caller named, if any; `host` is the user whose keys are sshd's.
    pub fn new(caller: Caller, named: Option<Owner>, host: &str) -> Self {
        let owner = named.unwrap_or_else(|| caller.owner.clone());
        let relation = if owner == caller.owner {
            Relation::Own
        } else if owner.name().as_str() == host {
            Relation::Host
        } else {
            Relation::Other
        };
        Self {
            caller,
            owner,
            relation,
        }
    }

    pub(crate) fn relation(&self) -> Relation {
        self.relation
    }

    /// The action: `own` for the caller's keys; for those of others it depends on the owner.
    pub(crate) fn action(&self, own: Action) -> Action {
        match self.relation {
            Relation::Own => own,
            Relation::Host => Action::ManageHostKeys,
            Relation::Other => Action::ManageOthers,
        }
    }
}
