//! One conversation about a PIN: the question, wrong answers, and what comes of it.
//!
//! Must never take anything but a PIN that the broker accepts for a yes.

use sshtpm_client::pin::{Ask, Pin, Refusal};
use sshtpm_client::printable::printable;
use sshtpm_dbus::{Error, ErrorKind};

use crate::asker::Asker;
use crate::origin::Origin;
use crate::protocol::host_fingerprint;

/// How often a person may give a wrong PIN: `NumberOfPasswordPrompts` of ssh_config(5). Each counts
/// at the broker.
const MAX_TRIES: usize = 3;

/// What a conversation needs of whoever holds the keys.
pub(crate) trait Locked {
    /// What the user calls the key of that fingerprint, if that can be found out.
    async fn comment(&self, fingerprint: &str) -> Option<String>;

    /// Has the PIN of that key checked and remembered.
    async fn unlock(&self, fingerprint: &str, pin: &Pin) -> Result<(), Error>;
}

/// Why a key stays locked, and whether somebody was asked about it.
#[derive(Clone, Debug)]
pub(super) struct StillLocked {
    /// For the log.
    pub(super) error: Error,
    /// Whether anybody saw a question.
    pub(super) was_asked: bool,
}

/// Asks `person` for the PIN of the key until the broker accepts it.
///
/// # Errors
///
/// The person does not give it, or the broker refuses for another reason.
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
            // It may say for how long another one is of no use.
            Err(error) if error.kind() == ErrorKind::WrongPin => {
                before = format!("Wrong: {}. ", printable(error.text()));
            }
            Err(error) => return Err(was_asked(error)),
        }
    }
    let text = format!("you entered a wrong PIN {MAX_TRIES} times");
    Err(was_asked(Error::new(ErrorKind::WrongPin, text)))
}

/// What a dialogue and a terminal show. Everything in it that others chose is made printable.
fn question(fingerprint: &str, comment: Option<&str>, asker: &Asker) -> String {
    let key = match comment {
        Some(comment) if !comment.is_empty() => {
            format!("\"{}\" ({})", printable(comment), printable(fingerprint))
        }
        _ => printable(fingerprint),
    };
    format!("PIN of SSH key {key}, asked for by {}: ", who(asker))
}

fn who(asker: &Asker) -> String {
    let is_local = asker.origin == Origin::Local;
    match (is_local, &asker.client) {
        (true, Some(client)) => printable(client.as_str()),
        (true, None) => "a program on this machine".to_owned(),
        (false, _) => {
            // This machine's ssh bound the first; from there on it is said by the hosts at the other
            // end, which could name any server that they can log in to.
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
