//! Who may do what: every request is frozen, asked about, and only then served.
//!
//! A [`Permit`] can be made by [`authorize`] alone, holds the request that was asked about, and is
//! consumed by what carries the request out, or borrowed by each step of that. So a check that was forgotten does not compile, and
//! what was allowed is what is done.

use std::future::Future;

use thiserror::Error;

use super::error_kind::ErrorKind;
use super::identity::{Caller, Owner};

/// Something a caller wants, in its final form.
pub trait Request {
    /// Who asks.
    fn caller(&self) -> &Caller;

    /// What has to be allowed.
    fn action(&self) -> Action;

    /// What rules may look at, and what a person is told.
    fn details(&self) -> Details;

    /// What else has to be allowed, after the first.
    fn further(&self) -> Option<(Action, Details)> {
        None
    }
}

/// Who says what is allowed (polkit).
pub trait Authority: Send + Sync + 'static {
    /// Asks, waiting for a person where the caller allows that. Whatever goes wrong is a refusal.
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
/// It may not, or nobody could say.
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
#[must_use = "a decision that nobody looks at decides nothing"]
pub enum Decision {
    /// The request may be carried out.
    Allowed,
    /// It may not, for this reason.
    Refused(Refused),
}

/// Somebody with authority can help.
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

/// What rules may look at, and what a person is told.
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
    /// Who asks.
    pub caller: Caller,
    /// The caller's own, or those of another user whom the caller named.
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
    /// `named` is whom the caller named, if anybody; `host` is the user whose keys are sshd's.
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

    /// The action for the caller's own keys is `own`; for those of others it is a matter of whose.
    pub(crate) fn action(&self, own: Action) -> Action {
        match self.relation {
            Relation::Own => own,
            Relation::Host => Action::ManageHostKeys,
            Relation::Other => Action::ManageOthers,
        }
    }
}
