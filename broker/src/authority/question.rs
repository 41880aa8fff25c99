//! A question to polkit: its subject, its action, its details, and why it may have no answer.

use std::collections::HashMap;
use std::time::Duration;

use tokio::task::JoinHandle;
use zbus::message::Message;
use zbus::proxy::MethodFlags;
use zbus_polkit::policykit1::{
    AuthorityProxy, AuthorizationResult, CheckAuthorizationFlags, Subject,
};

use sshtpm_core::policy::{Action, Details};

/// How long polkit may take over a question that needs no person: the time that D-Bus clients
/// commonly give a call, and more than polkitd gives a rule that runs away (15 s).
pub(super) const ANSWER_LIMIT: Duration = Duration::from_secs(25);

/// The connection that sent the request, never a process: a process ID can belong to another
/// program by the time polkit looks (CVE-2013-4288). `zbus_polkit` takes that connection from the
/// header of a message, so one is made with the caller's unique name, which the bus daemon gave
/// us.
pub(super) fn subject(bus_name: &str) -> Result<Subject, NoAnswer> {
    let message = Message::method_call("/", "Subject")
        .sender(bus_name)
        .build(&())?;
    Ok(Subject::new_for_message_header(&message.header())?)
}

/// The name by which rules and the .policy file know an action.
pub(super) fn action_id(action: Action) -> &'static str {
    match action {
        Action::UseOwnKey => "org.sshtpm.Broker1.use-own-key",
        Action::ConfirmUse => "org.sshtpm.Broker1.confirm-use",
        Action::RestrictOwnKey => "org.sshtpm.Broker1.restrict-own-key",
        Action::ChangeOwnKey => "org.sshtpm.Broker1.change-own-key",
        Action::ListOwnKeys => "org.sshtpm.Broker1.list-own-keys",
        Action::CommentOwnKey => "org.sshtpm.Broker1.comment-own-key",
        Action::CertifyOwnKey => "org.sshtpm.Broker1.certify-own-key",
        Action::AttestOwnKey => "org.sshtpm.Broker1.attest-own-key",
        Action::CreateOwnKey => "org.sshtpm.Broker1.create-own-key",
        Action::ImportOwnKey => "org.sshtpm.Broker1.import-own-key",
        Action::AdoptOwnKey => "org.sshtpm.Broker1.adopt-own-key",
        Action::DeleteOwnKey => "org.sshtpm.Broker1.delete-own-key",
        Action::ManageHostKeys => "org.sshtpm.Broker1.manage-host-keys",
        Action::ManageOthers => "org.sshtpm.Broker1.manage-others",
        Action::InspectTpm => "org.sshtpm.Broker1.inspect-tpm",
        Action::IdentifyTpm => "org.sshtpm.Broker1.identify-tpm",
        Action::ManageTpm => "org.sshtpm.Broker1.manage-tpm",
    }
}

/// The details on the wire; what a person is told is for prompts alone.
pub(super) fn entries(
    details: &Details,
    flags: CheckAuthorizationFlags,
) -> HashMap<&'static str, String> {
    let mut entries: HashMap<_, _> = details.entries.iter().cloned().collect();
    if flags.contains(CheckAuthorizationFlags::ALLOW_USER_INTERACTION) {
        entries.insert("polkit.message", details.message.to_string());
    }
    entries
}

/// The arguments of `CheckAuthorization`: subject, action, details, flags and cancellation.
type Arguments<'a> = (
    &'a Subject,
    &'a str,
    HashMap<&'a str, String>,
    CheckAuthorizationFlags,
    String,
);

/// Asks polkit, and waits for as long as it takes, which a call with flags does: the bus daemon
/// counts the question until polkitd answers or ends.
///
/// # Errors
///
/// polkitd has ended, or refuses the question.
pub(super) async fn check(
    polkit: &AuthorityProxy<'_>,
    arguments: &Arguments<'_>,
) -> zbus::Result<AuthorizationResult> {
    let polkit = polkit.inner();
    let answer = polkit.call_with_flags("CheckAuthorization", MethodFlags::empty(), arguments);
    answer.await?.ok_or(zbus::Error::InvalidReply)
}

/// A question to polkit. Dropping it cancels the question: the caller went away, or the time is
/// up. Otherwise its prompt would stay on the screen.
pub(super) struct Question {
    proxy: Option<AuthorityProxy<'static>>,
    cancellation: String,
    call: JoinHandle<zbus::Result<AuthorizationResult>>,
}

impl Question {
    pub(super) fn new(
        proxy: AuthorityProxy<'static>,
        cancellation: String,
        call: JoinHandle<zbus::Result<AuthorizationResult>>,
    ) -> Self {
        Self {
            proxy: Some(proxy),
            cancellation,
            call,
        }
    }

    /// # Errors
    ///
    /// There is none within `limit`, or the bus or the question failed.
    pub(super) async fn answer(mut self, limit: Duration) -> Result<AuthorizationResult, NoAnswer> {
        let answer = tokio::time::timeout(limit, &mut self.call).await?;
        self.proxy = None;
        Ok(answer.map_err(|_| NoAnswer::Lost)??)
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
                // An answer that is expected would count as a question.
                let cancel = proxy
                    .inner()
                    .call_noreply("CancelCheckAuthorization", &cancellation);
                if let Err(cause) = cancel.await {
                    tracing::debug!(%cause, "did not take back a question to polkit");
                }
            });
        }
    }
}

/// Why there is no answer, for the journal.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoAnswer {
    #[error("it took too long")]
    Late(#[from] tokio::time::error::Elapsed),
    #[error("the question was lost")]
    Lost,
    #[error("{0}")]
    Bus(#[from] zbus::Error),
    #[error("{0}")]
    Subject(#[from] zbus_polkit::Error),
}

impl NoAnswer {
    /// Whether polkitd took the question along when it ended, as it does when it is upgraded. The
    /// bus starts polkitd again at the next question, and repeating a question without a prompt is
    /// harmless.
    pub(super) fn is_polkitd_gone(&self) -> bool {
        match self {
            Self::Bus(zbus::Error::FDO(error)) => matches!(**error, zbus::fdo::Error::NoReply(_)),
            _ => false,
        }
    }
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
