//! All of polkit: the subject of a question, the question, and what an answer means.
//!
//! May touch: polkitd on the system bus. Must answer yes only if polkit said yes: an absent, slow,
//! failing or unintelligible polkit means no.
//!
//! Specs: polkit reference manual, `org.freedesktop.PolicyKit1.Authority`.

mod ahead;
mod answers;
mod ask;
mod changes;
mod memory;
mod question;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use zbus_polkit::policykit1::{AuthorityProxy, AuthorizationResult, CheckAuthorizationFlags};

use sshtpm_core::error::Refused;
use sshtpm_core::identity::Caller;
use sshtpm_core::places::Places;
use sshtpm_core::policy::{Action, Authority, Decision, Details};
use sshtpm_core::shares::{Bounds, Shares};

pub(crate) use memory::{Signals, SinceBoot};

use memory::Memory;
use question::{NoAnswer, Question, action_id, check, entries, subject};

/// polkitd, as the core sees it. Cloning shares it.
#[derive(Clone, Debug)]
pub(crate) struct Polkit {
    proxy: AuthorityProxy<'static>,
    next_cancellation: Arc<AtomicU64>,
    memory: Arc<Memory>,
    questions: Places,
    prompts: Shares,
}

/// How long a person may take over a password. Longer than any prompt's own patience, shorter than
/// that of our clients ([`sshtpm_ssh::limits::MAX_INTERACTIVE_SECONDS`]).
const PERSON_LIMIT: Duration = Duration::from_secs(120);

/// Questions without a person at a time; further ones wait. dbus-daemon lets a connection have 128
/// answers outstanding (`max_replies_per_connection` of its system bus), and ours is one connection
/// for all users, so together with [`MOST_PROMPTS`] this stays below.
const MOST_QUESTIONS: usize = 64;

/// Those of one user. polkitd answers one after the other anyway, and another user's question
/// would wait behind all of them there.
const MOST_QUESTIONS_OF_USER: usize = 1;

/// Prompts open at a time on the whole machine.
const MOST_PROMPTS: usize = 32;

/// Prompts open at a time for one user: a person answers one after the other.
const MOST_PROMPTS_OF_USER: usize = 4;

/// The same once half of all are open, so that it takes 20 users to keep others from being asked.
const MOST_PROMPTS_WHEN_CROWDED: usize = 1;

impl Polkit {
    /// Prepares to ask; polkitd itself is looked for at each question, so it may come and go. What
    /// it allows is not asked again for `reuse`. Its signals arrive on `connection`, of which
    /// `signals` knows.
    ///
    /// # Errors
    ///
    /// The bus is gone.
    pub(crate) async fn new(
        connection: &zbus::Connection,
        signals: Arc<dyn Signals>,
        reuse: Duration,
        since_boot: SinceBoot,
    ) -> zbus::Result<Self> {
        let proxy = AuthorityProxy::builder(connection)
            .cache_properties(zbus::proxy::CacheProperties::No)
            .build()
            .await?;
        let polkit = Self {
            proxy,
            next_cancellation: Arc::default(),
            memory: Memory::start(connection, signals, reuse, since_boot).await,
            questions: Places::new(MOST_QUESTIONS, MOST_QUESTIONS_OF_USER),
            prompts: Shares::new(Bounds {
                per_user: MOST_PROMPTS_OF_USER,
                when_crowded: MOST_PROMPTS_WHEN_CROWDED,
                in_all: MOST_PROMPTS,
            }),
        };
        tokio::spawn(polkit.clone().ask_ahead());
        Ok(polkit)
    }

    /// Forgets what was answered, and does not ask again for `reuse` what is allowed from now on.
    pub(crate) fn set_reuse(&self, reuse: Duration) {
        self.memory.set_reuse(reuse);
    }

    /// Asks a person. A user with too many open prompts is refused at once, and has to answer
    /// those first.
    async fn prompt(
        &self,
        caller: &Caller,
        action: Action,
        details: &Details,
    ) -> Result<Decision, NoAnswer> {
        let Ok(place) = self.prompts.take(caller.owner.uid()) else {
            return Ok(Decision::Refused(Refused::TooManyPrompts));
        };
        let flags = CheckAuthorizationFlags::ALLOW_USER_INTERACTION;
        let question = self.question(caller, action, details, flags, place)?;
        match question.answer(PERSON_LIMIT).await {
            Ok(answer) => Ok(of_person(decision(&answer))),
            Err(NoAnswer::Late(_)) => Ok(Decision::Refused(Refused::Unanswered)),
            Err(cause) => Err(cause),
        }
    }

    /// Sends a question. `place` is given back when polkit has answered, even if the caller no
    /// longer waits: until then the bus daemon counts it as one of
    /// `max_replies_per_connection`.
    fn question(
        &self,
        caller: &Caller,
        action: Action,
        details: &Details,
        flags: CheckAuthorizationFlags,
        place: impl Send + 'static,
    ) -> Result<Question, NoAnswer> {
        let subject = subject(&caller.bus_name)?;
        let entries = entries(details, flags);
        let number = self.next_cancellation.fetch_add(1, Ordering::Relaxed);
        let cancellation = format!("sshtpm-{number}");
        let (proxy, id) = (self.proxy.clone(), cancellation.clone());
        let call = tokio::spawn(async move {
            let answer = check(&proxy, &(&subject, action_id(action), entries, flags, id)).await;
            drop(place);
            answer
        });
        Ok(Question::new(self.proxy.clone(), cancellation, call))
    }
}

impl Authority for Polkit {
    async fn check(&self, caller: &Caller, action: Action, details: &Details) -> Decision {
        // At once, without a place: the core goes by that.
        if self.memory.allows(caller, action, details).await {
            return Decision::Allowed;
        }
        let mut first = self.ask(caller, action, details).await;
        if first.as_ref().is_err_and(NoAnswer::is_polkitd_gone) {
            tracing::info!("polkitd ended while it was asked; asking again");
            first = self.ask(caller, action, details).await;
        }
        first.unwrap_or_else(|cause| unavailable(action, &cause))
    }

    async fn ask_person(&self, caller: &Caller, action: Action, details: &Details) -> Decision {
        let answer = self.prompt(caller, action, details).await;
        answer.unwrap_or_else(|cause| unavailable(action, &cause))
    }
}

fn unavailable(action: Action, cause: &NoAnswer) -> Decision {
    tracing::warn!(action = action_id(action), %cause, "polkit did not answer");
    Decision::Refused(Refused::AuthorityUnavailable)
}

/// What an answer means: yes is yes, and everything else is no.
fn decision(answer: &AuthorizationResult) -> Decision {
    if answer.is_authorized {
        Decision::Allowed
    } else if answer.is_challenge && !was_dismissed(answer) {
        Decision::Refused(Refused::InteractionRequired)
    } else {
        Decision::Refused(Refused::NotAuthorized)
    }
}

/// What a no means where a person could be asked: without an agent that shows a prompt, polkit
/// would have answered that interaction is required.
fn of_person(decision: Decision) -> Decision {
    match decision {
        Decision::Refused(Refused::NotAuthorized) => Decision::Refused(Refused::Declined),
        other => other,
    }
}

/// A person closed the prompt. Asking again at once would only annoy.
fn was_dismissed(answer: &AuthorizationResult) -> bool {
    answer.details.contains_key("polkit.dismissed")
}
