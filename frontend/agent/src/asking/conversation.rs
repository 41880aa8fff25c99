//! One conversation about a PIN: the question, wrong answers, and the outcome.
//!
//! Must never treat a key as unlocked unless the broker has accepted its PIN.

use sshtpm_client::pin::{ENTER_PIN, Pin, Refusal};
use sshtpm_dbus::Error;
use sshtpm_ssh::error_kind::ErrorKind;
use sshtpm_ssh::quoted::Quoted;
use sshtpm_ssh::words::Words;

use crate::asker::Asker;
use crate::telling::requester::{key_in_words, requester};
use crate::telling::sentence::Sentence;

/// How many wrong PINs a person may enter: the default of `NumberOfPasswordPrompts` in
/// ssh_config(5). The broker counts each of them.
const MAX_TRIES: usize = 3;

/// The person to ask.
pub(crate) trait Ask {
    /// Asks `question`, which ends with `: `, and returns the PIN.
    ///
    /// # Errors
    ///
    /// There is no way to ask, no answer in time, or the answer cannot be a PIN.
    async fn ask(&self, question: &Sentence) -> Result<Pin, Refusal>;
}

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
    let mut why_again = Words::default();
    for _ in 0..MAX_TRIES {
        let question = question(fingerprint, why_again, comment.as_deref(), asker);
        let pin = match person.ask(&question).await {
            Ok(pin) => pin,
            Err(Refusal::NotAPin(reason)) => {
                why_again = Words::from(" again (that cannot be a PIN: ")
                    .and(Words::relayed(&reason.to_string()))
                    .and(")");
                continue;
            }
            Err(refusal) => return Err(refused(fingerprint, &refusal)),
        };
        match keys.unlock(fingerprint, &pin).await {
            Ok(()) => return Ok(()),
            // The text may say when the next try is possible.
            Err(error) if error.kind() == ErrorKind::WrongPin => {
                let said = Words::relayed(error.text());
                why_again = Words::from(" again (").and(said).and(")");
            }
            Err(error) => return Err(was_asked(error)),
        }
    }
    let text = format!("you entered a wrong PIN {MAX_TRIES} times");
    Err(was_asked(Error::new(ErrorKind::WrongPin, text)))
}

/// The text for a dialogue or a terminal. What other programs chose comes after what the agent
/// knows, so that it pushes nothing out of a dialogue.
fn question(fingerprint: &str, why_again: Words, comment: Option<&str>, asker: &Asker) -> Sentence {
    let question = Sentence::from(ENTER_PIN)
        .and("key ")
        .and(key_in_words(fingerprint))
        .and(why_again)
        .and(", asked for by ")
        .then(requester(asker));
    match comment {
        Some(comment) if !comment.is_empty() => question
            .and(". The comment of the key is ")
            .and(Quoted::new(comment))
            .and(". PIN: "),
        _ => question.and(": "),
    }
}

fn refused(fingerprint: &str, refusal: &Refusal) -> StillLocked {
    let text = format!("the key needs its PIN, but {refusal}; run `sshtpm unlock {fingerprint}`");
    StillLocked {
        error: Error::new(ErrorKind::PinRequired, text),
        was_asked: !matches!(
            refusal,
            Refusal::Nobody | Refusal::NoAsker | Refusal::NoProgram { .. }
        ),
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
