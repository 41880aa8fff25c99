//! One conversation about a PIN: the question, wrong answers, and the outcome.
//!
//! Must never treat a key as unlocked unless the broker has accepted its PIN.

use sshtpm_client::pin::{Ask, Pin, Refusal};
use sshtpm_dbus::Error;
use sshtpm_ssh::error_kind::ErrorKind;
use sshtpm_ssh::text::printable;

use crate::asker::Asker;
use crate::origin::Origin;
use crate::protocol::host_fingerprint;

/// How many wrong PINs a person may enter: the default of `NumberOfPasswordPrompts` in
/// ssh_config(5). The broker counts each of them.
const MAX_TRIES: usize = 3;

/// What a conversation needs to do with a key.
pub(crate) trait Locked {
    /// The comment of the key that has `fingerprint`. `None` if it cannot be read.
    async fn comment(&self, fingerprint: &str) -> Option<String>;

    /// Makes the broker check and remember the PIN of that key.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::WrongPin`] if another PIN may be tried. Any other error ends the conversation.
    async fn unlock(&self, fingerprint: &str, pin: &Pin) -> Result<(), Error>;
}

/// Why a key stays locked, and whether a person saw a question about it.
#[derive(Clone, Debug)]
pub(super) struct StillLocked {
    /// The reason, for the log.
    pub(super) error: Error,
    /// Whether a person saw a question.
    pub(super) was_asked: bool,
}

/// Asks `person` for the PIN of the key until the broker accepts it.
///
/// # Errors
///
/// The person does not enter the PIN, or the broker refuses for a reason other than a wrong PIN.
pub(super) async fn unlock(
    person: &impl Ask,
    keys: &impl Locked,
    fingerprint: &str,
    asker: &Asker,
) -> Result<(), StillLocked> {
    let comment = keys.comment(fingerprint).await;
    let question = question(fingerprint, comment.as_deref(), asker);
    let mut before = String::new();
    for _ in 0..MAX_TRIES {
        let pin = match person.ask(&format!("{before}{question}")).await {
            Ok(pin) => pin,
            Err(Refusal::NotAPin(reason)) => {
                before = format!("That cannot be a PIN: {reason}. ");
                continue;
            }
            Err(refusal) => return Err(refused(fingerprint, &refusal)),
        };
        match keys.unlock(fingerprint, &pin).await {
            Ok(()) => return Ok(()),
            // The text may say when the next try is possible.
            Err(error) if error.kind() == ErrorKind::WrongPin => {
                before = format!("Wrong: {}. ", printable(error.text()));
            }
            Err(error) => return Err(was_asked(error)),
        }
    }
    let text = format!("you entered a wrong PIN {MAX_TRIES} times");
    Err(was_asked(Error::new(ErrorKind::WrongPin, text)))
}

/// The text for a dialogue or a terminal. All parts that other programs chose are made printable.
fn question(fingerprint: &str, comment: Option<&str>, asker: &Asker) -> String {
    let key = match comment {
        Some(comment) if !comment.is_empty() => {
            format!("\"{}\" ({})", printable(comment), printable(fingerprint))
        }
        _ => printable(fingerprint),
    };
    format!("PIN of SSH key {key}, asked for by {}: ", requester(asker))
}

fn requester(asker: &Asker) -> String {
    let is_local = asker.origin == Origin::Local;
    match (is_local, &asker.client) {
        (true, Some(client)) => printable(client.as_str()),
        (true, None) => "a program on this machine".to_owned(),
        (false, _) => {
            // ssh on this machine bound the first session. The hosts at the other end bound the
            // others, and could name any server that they can log in to.
            let nearest = asker.sessions.first();
            match nearest.and_then(|session| host_fingerprint(&session.host_key)) {
                Some(host) => format!("ANOTHER HOST to which the agent is forwarded ({host})"),
                None => "ANOTHER HOST to which the agent is forwarded".to_owned(),
            }
        }
    }
}

fn refused(fingerprint: &str, refusal: &Refusal) -> StillLocked {
    let text = format!("the key needs its PIN, but {refusal}; run `sshtpm unlock {fingerprint}`");
    StillLocked {
        error: Error::new(ErrorKind::PinRequired, text),
        was_asked: !matches!(refusal, Refusal::Nobody | Refusal::NoProgram { .. }),
    }
}

fn was_asked(error: Error) -> StillLocked {
    StillLocked {
        error,
        was_asked: true,
    }
}

#[cfg(test)]
#[path = "conversation_tests.rs"]
mod tests;
