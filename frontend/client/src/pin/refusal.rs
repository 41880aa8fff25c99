//! Why there is no PIN.

use std::ffi::OsString;

use super::patience::MAX_ANSWER;
use super::secret::NotAPin;

/// Why a person was not asked for a PIN, or did not give one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no terminal, and no program that asks on a desktop.
    #[error("there is neither a terminal nor a desktop to ask you at")]
    Nobody,
    /// The program that `SSH_ASKPASS` names does not start.
    #[error("{}, which asks for PINs, cannot be run: {why}", program.display())]
    NoProgram {
        /// What `SSH_ASKPASS` names.
        program: OsString,
        /// The operating system's reason.
        why: String,
    },
    /// The program that asks ended without an answer.
    #[error("{} ended without an answer", .0.display())]
    NoAnswer(OsString),
    /// The person declined.
    #[error("you did not enter it")]
    NotGiven,
    /// The time for an answer is over.
    #[error("you did not enter it within {} s", MAX_ANSWER.as_secs())]
    Slow,
    /// The answer cannot be a PIN.
    #[error("what you entered cannot be a PIN: {0}")]
    NotAPin(NotAPin),
    /// The terminal failed.
    #[error("asking at the terminal failed: {0}")]
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
