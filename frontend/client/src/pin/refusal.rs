//! Why there is no PIN.

use std::ffi::OsString;

use sshtpm_dbus::MAX_PIN_BYTES;

use super::patience::MAX_ANSWER;
use super::secret::NotAPin;

/// Why a person was not asked for a PIN, or did not give one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no terminal, and no program that asks on a desktop.
    #[error("there is neither a terminal nor a desktop where you could be asked")]
    Nobody,
    /// The program that `SSH_ASKPASS` names does not start.
    #[error("the program that would ask for it, {}, cannot be run: {why}", program.display())]
    NoProgram {
        /// What `SSH_ASKPASS` names.
        program: OsString,
        /// The operating system's reason.
        why: String,
    },
    /// The program that asks ended without an answer.
    #[error("the program that asks for it, {}, gave no answer", .0.display())]
    NoAnswer(OsString),
    /// The person declined.
    #[error("it was not given")]
    NotGiven,
    /// The time for an answer is over.
    #[error("nobody gave it within {} s", MAX_ANSWER.as_secs())]
    Slow,
    /// The answer cannot be a PIN.
    #[error("what was given is none: {0}; a PIN has 1 to {MAX_PIN_BYTES} bytes")]
    NotAPin(NotAPin),
    /// The terminal failed.
    #[error("cannot ask at the terminal: {0}")]
    Terminal(String),
    /// The service that asks outside of the agent's sandbox says why it could not.
    #[error("{0}")]
    Service(String),
}

impl From<NotAPin> for Refusal {
    /// An empty answer means that the person declines.
    fn from(reason: NotAPin) -> Self {
        match reason {
            NotAPin::Empty => Self::NotGiven,
            NotAPin::TooLong | NotAPin::Zero => Self::NotAPin(reason),
        }
    }
}
