//! The reasons why there is no PIN.

use std::ffi::OsString;

use super::patience::MAX_ANSWER;
use super::secret::NotAPin;

/// Why a person was not asked for a PIN, or did not enter one.
///
/// The text of each reason is a clause, to be read after "cannot get the PIN: " or "but ".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is neither a terminal nor a desktop.
    #[error("there is neither a terminal nor a desktop to ask you at")]
    Nobody,
    /// There is no desktop, and the terminal must not be used.
    #[error("there is no desktop to ask you at")]
    NoDesktop,
    /// There is a desktop, and no program that could ask there.
    #[error("no program that could ask you at the desktop is installed")]
    NoAsker,
    /// The program that asks cannot be run.
    #[error("{}, which asks for PINs, cannot be run: {why}", program.display())]
    NoProgram {
        /// The program, which `SSH_ASKPASS` names.
        program: OsString,
        /// The reason, from the operating system.
        why: String,
    },
    /// The program that asks failed.
    #[error("{} ended without an answer", .0.display())]
    NoAnswer(OsString),
    /// The person gave an empty answer, which means a refusal.
    #[error("you did not enter it")]
    NotGiven,
    /// There was no answer within [`MAX_ANSWER`].
    #[error("you did not enter it within {} s", MAX_ANSWER.as_secs())]
    Slow,
    /// The answer cannot be a PIN.
    #[error("what you entered cannot be a PIN: {0}")]
    NotAPin(NotAPin),
    /// The terminal failed, for this reason.
    #[error("asking at the terminal failed: {0}")]
    Terminal(String),
    /// The askpass service outside the agent's sandbox gave this reason, or cannot be reached.
    #[error("{0}")]
    Service(String),
}

impl From<NotAPin> for Refusal {
    /// An empty answer means that the person refuses.
    fn from(reason: NotAPin) -> Self {
        match reason {
            NotAPin::Empty => Self::NotGiven,
            NotAPin::TooLong | NotAPin::Zero => Self::NotAPin(reason),
        }
    }
}
