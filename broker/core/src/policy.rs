//! Authorization: a request is frozen, the authority is asked about it, and only then it is served.
//!
//! Only `authorize` makes a [`Permit`]. It holds the request that the authority allowed. What
//! carries the request out consumes the permit, or borrows it for each step. So a forgotten check
//! does not compile, and what is done is what was allowed.

mod action;
mod decision;
mod rests;
mod target;

pub use action::Action;
pub use decision::{Decision, Refused};
pub use rests::Origin;
pub(crate) use rests::Rests;
pub(crate) use target::Relation;
pub use target::Target;

use std::future::Future;
use std::time::Duration;

use self::rests::Topic;
use super::identity::Caller;
use sshtpm_ssh::fingerprint::Fingerprint;
use sshtpm_ssh::words::Words;

/// A request in its final form.
pub trait Request {
    /// The caller.
    fn caller(&self) -> &Caller;

    /// What has to be allowed.
    fn action(&self) -> Action;

    /// What polkit's rules can read, and what a person is told.
    fn details(&self) -> Details;

    /// The key that it is about, if it is about one.
    fn key(&self) -> Option<Fingerprint> {
        None
    }

    /// Where it comes from.
    fn origin(&self) -> Origin {
        Origin::Local
    }

    /// What else has to be allowed, after the first.
    fn further(&self) -> Option<(Action, Details)> {
        None
    }
}

/// Says what is allowed: polkit.
pub trait Authority: Send + Sync + 'static {
    /// Asks whether `caller` may do `action`, without a person:
    /// [`Refused::InteractionRequired`] if that needs one. Every failure is a refusal.
    fn check(
        &self,
        caller: &Caller,
        action: Action,
        details: &Details,
    ) -> impl Future<Output = Decision> + Send;

    /// The same, and asks a person. [`Refused::Declined`] or [`Refused::Unanswered`] if there was
    /// one; every other refusal says that nobody saw a question.
    fn ask_person(
        &self,
        caller: &Caller,
        action: Action,
        details: &Details,
    ) -> impl Future<Output = Decision> + Send;
}

/// Asks whether `request` may be carried out. `rests` and `now` decide whether a person may be
/// asked.
///
/// # Errors
///
/// It may not, or the authority did not answer.
pub(crate) async fn authorize<R: Request>(
    authority: &impl Authority,
    (rests, now): (&Rests, impl Fn() -> Duration),
    request: R,
) -> Result<Permit<R>, Refused> {
    let caller = request.caller();
    let first = (request.action(), request.details());
    for (action, details) in std::iter::once(first).chain(request.further()) {
        match authority.check(caller, action, &details).await {
            Decision::Allowed => continue,
            Decision::Refused(Refused::InteractionRequired) if caller.interactive => {}
            Decision::Refused(refused) => return Err(refused),
        }
        let topic = Topic {
            action,
            key: request.key(),
            origin: request.origin(),
        };
        let asking = rests.begin(caller.owner.uid(), topic, &now)?;
        let answer = authority.ask_person(caller, action, &details).await;
        asking.answered(answer);
        match answer {
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

/// What polkit's rules can read, and what a person is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    /// Names and values, for rules (`action.lookup("key")`).
    pub entries: Vec<(&'static str, String)>,
    /// What a person is asked.
    pub message: Words,
}
