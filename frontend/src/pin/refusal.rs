//! Why there is no PIN.

use std::ffi::OsString;

use sshtpm_dbus::MAX_PIN_BYTES;

use super::askpass::MAX_ANSWER;
use super::secret::NotAPin;

/// Why a person was not asked for a PIN, or did not give one. None of them is a yes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("there is neither a terminal nor a desktop where you could be asked")]
    Nobody,
    #[error("the program that would ask for it, {}, cannot be run: {why}", program.display())]
    NoProgram { program: OsString, why: String },
    #[error("the program that asks for it, {}, gave no answer", .0.display())]
    NoAnswer(OsString),
    #[error("it was not given")]
    NotGiven,
    #[error("nobody gave it within {} s", MAX_ANSWER.as_secs())]
    Slow,
    #[error("what was given is none: {0}; a PIN has 1 to {MAX_PIN_BYTES} bytes")]
    NotAPin(NotAPin),
    #[error("cannot ask at the terminal: {0}")]
    Terminal(String),
    #[error("{0}")]
    Service(String),
}

impl From<NotAPin> for Refusal {
    /// Who presses nothing but Enter does not want to.
    fn from(reason: NotAPin) -> Self {
        match reason {
            NotAPin::Empty => Self::NotGiven,
            NotAPin::TooLong | NotAPin::Zero => Self::NotAPin(reason),
        }
    }
}
