//! All of polkit: whom we ask about, what we ask, and what an answer means.
//!
//! May touch: polkitd on the system bus. Must never answer yes for any other reason than that
//! polkit said so: absent, slow, failing and unintelligible are no.
//!
//! Specs: polkit reference manual, `org.freedesktop.PolicyKit1.Authority`.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use zbus::message::Message;
use zbus_polkit::policykit1::{
    AuthorityProxy, AuthorizationResult, CheckAuthorizationFlags, Subject,
};

use crate::core::error::Refused;
use crate::core::identity::Caller;
use crate::core::policy::{Action, Decision, Details};
use crate::core::ports::Authority;

/// polkitd, as the core sees it.
#[derive(Debug)]
pub(crate) struct Polkit {
    proxy: AuthorityProxy<'static>,
    next_cancellation: AtomicU64,
}

/// How long polkit may take over a question for which it needs nobody. It starts a JavaScript
/// interpreter on the first one.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);

/// How long a person may take over a password. Longer than any prompt's own patience, shorter than
/// that of our clients ([`sshtpm_dbus::MAX_INTERACTIVE_SECONDS`]).
const PERSON_LIMIT: Duration = Duration::from_secs(120);

impl Polkit {
    /// Prepares to ask; polkitd itself is looked for at each question, so it may come and go.
    ///
    /// # Errors
    ///
    /// The bus is gone.
    pub(crate) async fn new(connection: &zbus::Connection) -> zbus::Result<Self> {
        let proxy = AuthorityProxy::builder(connection)
            .cache_properties(zbus::proxy::CacheProperties::No)
            .build()
            .await?;
        Ok(Self {
            proxy,
            next_cancellation: AtomicU64::new(0),
        })
    }

    async fn ask(
        &self,
        caller: &Caller,
        action: Action,
        details: &Details,
    ) -> Result<AuthorizationResult, NoAnswer> {
        let subject = subject(&caller.bus_name)?;
        let mut entries: HashMap<&str, &str> = details
            .entries
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let (flags, limit) = if caller.interactive {
            entries.insert("polkit.message", details.message);
            (
                CheckAuthorizationFlags::ALLOW_USER_INTERACTION,
                PERSON_LIMIT,
            )
        } else {
            (CheckAuthorizationFlags::empty(), ANSWER_LIMIT)
        };
        let question = Question::new(self);
        let answer = self.proxy.check_authorization(
            &subject,
            action_id(action),
            &entries,
            flags,
            &question.cancellation,
        );
        let answer = tokio::time::timeout(limit, answer)
            .await
            .map_err(|_| NoAnswer::Late)??;
        question.answered();
        Ok(answer)
    }
}

impl Authority for Polkit {
    async fn check(&self, caller: &Caller, action: Action, details: &Details) -> Decision {
        match self.ask(caller, action, details).await {
            Ok(answer) if answer.is_authorized => Decision::Allowed,
            Ok(answer) if answer.is_challenge && !was_dismissed(&answer) => {
                Decision::Refused(Refused::InteractionRequired)
            }
            Ok(_) => Decision::Refused(Refused::NotAuthorized),
            Err(cause) => {
                tracing::warn!(action = action_id(action), %cause, "polkit did not answer");
                Decision::Refused(Refused::AuthorityUnavailable)
            }
        }
    }
}

/// The name by which rules and the .policy file know an action.
fn action_id(action: Action) -> &'static str {
    match action {
        Action::UseOwnKey => "org.sshtpm.Broker1.use-own-key",
        Action::ListOwnKeys => "org.sshtpm.Broker1.list-own-keys",
        Action::CommentOwnKey => "org.sshtpm.Broker1.comment-own-key",
        Action::CreateOwnKey => "org.sshtpm.Broker1.create-own-key",
        Action::DeleteOwnKey => "org.sshtpm.Broker1.delete-own-key",
        Action::ManageHostKeys => "org.sshtpm.Broker1.manage-host-keys",
        Action::ManageOthers => "org.sshtpm.Broker1.manage-others",
    }
}

/// The connection that sent the request, never a process: a process ID can be somebody else's by
/// the time polkit looks (CVE-2013-4288). `zbus_polkit` takes that connection from the header of a
/// message, so one is made with the caller's unique name, which the bus daemon gave us.
fn subject(bus_name: &str) -> Result<Subject, NoAnswer> {
    let message = Message::method_call("/", "Subject")
        .sender(bus_name)
        .build(&())?;
    Ok(Subject::new_for_message_header(&message.header())?)
}

/// A person closed the prompt. Asking again at once would only annoy.
fn was_dismissed(answer: &AuthorizationResult) -> bool {
    answer.details.contains_key("polkit.dismissed")
}

/// A question to polkit, which is taken back if nobody waits for the answer any more: the caller
/// went away, or the time is up. Without that its prompt would stay on somebody's screen.
struct Question {
    proxy: Option<AuthorityProxy<'static>>,
    cancellation: String,
}

impl Question {
    fn new(polkit: &Polkit) -> Self {
        let number = polkit.next_cancellation.fetch_add(1, Ordering::Relaxed);
        Self {
            proxy: Some(polkit.proxy.clone()),
            cancellation: format!("sshtpm-{number}"),
        }
    }

    fn answered(mut self) {
        self.proxy = None;
    }
}

impl Drop for Question {
    fn drop(&mut self) {
        let Some(proxy) = self.proxy.take() else {
            return;
        };
        let cancellation = std::mem::take(&mut self.cancellation);
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                if let Err(cause) = proxy.cancel_check_authorization(&cancellation).await {
                    tracing::debug!(%cause, "polkit had nothing to take back");
                }
            });
        }
    }
}

/// Why there is no answer, for the journal.
#[derive(Debug, thiserror::Error)]
enum NoAnswer {
    #[error("it took too long")]
    Late,
    #[error("{0}")]
    Bus(#[from] zbus::Error),
    #[error("{0}")]
    Subject(#[from] zbus_polkit::Error),
}

#[cfg(test)]
mod tests {
    use super::subject;

    #[test]
    fn the_subject_is_the_connection_of_the_caller() {
        let subject = subject(":1.42").expect("a subject");
        assert_eq!(subject.kind(), "system-bus-name");
    }

    #[test]
    fn a_name_that_the_bus_daemon_did_not_give_is_no_subject() {
        assert!(subject("org.example.Name").is_err());
        assert!(subject("").is_err());
    }
}
