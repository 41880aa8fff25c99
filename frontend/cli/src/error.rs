//! Failures, for people: what failed, why, and what to do next.

use std::fmt::{Display, Formatter};
use std::io::Write;
use std::process::ExitCode;

use sshtpm_ssh::error_kind::ErrorKind;

use sshtpm_ssh::text::printable_lines;

/// Exit status where nothing more is known than the message says.
const FAILED_STATUS: u8 = 1;

/// Exit status of wrong usage, as clap has it.
const USAGE_STATUS: u8 = 2;

/// Why polkit did not get the password that it wants.
const NOBODY_TO_ASK: &str = "polkit wants a password, and there is nobody to ask for it";

/// Why a command ends without having done what was asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Something could not be done.
    Failed(Report),
    /// The arguments make no sense together.
    Usage(String),
    /// The person declined, which needs no explanation.
    Declined,
    /// The reader of the output closed the pipe, which is not an error.
    OutputClosed,
    /// A signal of this number asked to stop.
    Interrupted(u8),
}

/// What failed, why, and what to do next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Report {
    what: String,
    why: String,
    next: Option<String>,
    status: u8,
}

impl Failure {
    /// `what` such as "cannot write FILE", and why.
    pub(crate) fn new(what: impl Into<String>, why: impl Display) -> Self {
        Self::Failed(Report {
            what: what.into(),
            why: why.to_string(),
            next: None,
            status: FAILED_STATUS,
        })
    }

    /// What the broker, or the way to it, answered.
    pub(crate) fn from_broker(what: impl Into<String>, error: &sshtpm_dbus::Error) -> Self {
        // The broker's words are for the program that calls it, which can let a person be asked.
        let why = match error.kind() {
            ErrorKind::InteractiveAuthorizationRequired => NOBODY_TO_ASK,
            _ => error.text(),
        };
        let failure = Self::new(what, why);
        match hint(error.kind()) {
            Some(next) => failure.and_next(next),
            None => failure,
        }
    }

    /// Adds what to do next.
    pub(crate) fn and_next(self, next: impl Into<String>) -> Self {
        match self {
            Self::Failed(report) => Self::Failed(Report {
                next: Some(next.into()),
                ..report
            }),
            other => other,
        }
    }

    /// Gives it an exit status of its own, for scripts that can do something about it.
    pub(crate) fn with_status(self, status: u8) -> Self {
        match self {
            Self::Failed(report) => Self::Failed(Report { status, ..report }),
            other => other,
        }
    }

    /// Prints it to stderr and returns the exit status.
    pub(crate) fn report(&self) -> ExitCode {
        let text = self.to_string();
        if !text.is_empty() {
            // If stderr is closed as well, there is no place left to print to.
            let _ = writeln!(std::io::stderr(), "{text}");
        }
        ExitCode::from(self.status())
    }

    fn status(&self) -> u8 {
        match self {
            Self::Failed(report) => report.status,
            Self::Declined => FAILED_STATUS,
            Self::Usage(_) => USAGE_STATUS,
            Self::OutputClosed => 0,
            Self::Interrupted(signal) => 128_u8.saturating_add(*signal),
        }
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Failed(report) => report.fmt(f),
            Self::Usage(text) => write!(f, "sshtpm: {}", printable_lines(text)),
            Self::Declined | Self::OutputClosed | Self::Interrupted(_) => Ok(()),
        }
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let (what, why) = (printable_lines(&self.what), printable_lines(&self.why));
        write!(f, "sshtpm: {what}: {why}")?;
        match &self.next {
            Some(next) => write!(f, "\n{}", printable_lines(next)),
            None => Ok(()),
        }
    }
}

/// What the command line can add to the broker's own words.
fn hint(kind: ErrorKind) -> Option<&'static str> {
    match kind {
        ErrorKind::TpmUnavailable | ErrorKind::TpmFailed => {
            Some("`sshtpm status` shows the state of the TPM.")
        }
        ErrorKind::Internal => Some("`journalctl -u sshtpm-broker` has the cause."),
        ErrorKind::InteractiveAuthorizationRequired => Some(
            "Run it in a terminal, in a desktop session with a polkit agent (Debian's smallest is \
             `lxpolkit`), or as root.",
        ),
        // The broker's own words say it already.
        ErrorKind::NoSuchKey
        | ErrorKind::UnsupportedAlgorithm
        | ErrorKind::AuthorizationUnavailable
        | ErrorKind::NotAuthorized
        | ErrorKind::CallerGone
        | ErrorKind::InvalidArgs
        | ErrorKind::NoSuchUser
        | ErrorKind::LimitsExceeded
        | ErrorKind::ParentKeyUnavailable
        | ErrorKind::TpmOwnerPassword
        | ErrorKind::KeyLost
        | ErrorKind::KeyBoundToOtherPcrs
        | ErrorKind::UnknownData
        | ErrorKind::PurposeNotPermitted
        | ErrorKind::NamespaceNotPermitted
        | ErrorKind::DestinationNotPermitted
        | ErrorKind::ForwardingNotPermitted
        | ErrorKind::NoUnlockedSession
        | ErrorKind::PinRequired
        | ErrorKind::WrongPin
        | ErrorKind::PinTriesExceeded
        | ErrorKind::StorageUnavailable
        | ErrorKind::BrokerUnavailable => None,
    }
}

#[cfg(test)]
mod tests {
    use sshtpm_dbus::Error;
    use sshtpm_ssh::error_kind::ErrorKind;

    use super::Failure;

    #[test]
    fn a_failure_says_what_why_and_what_next() {
        let error = Error::new(ErrorKind::TpmUnavailable, "the TPM does not answer");
        assert_eq!(
            Failure::from_broker("cannot generate a key", &error).to_string(),
            "sshtpm: cannot generate a key: the TPM does not answer\n\
             `sshtpm status` shows the state of the TPM."
        );
    }

    #[test]
    fn people_are_not_told_to_call_again_with_an_option() {
        let error = Error::new(
            ErrorKind::InteractiveAuthorizationRequired,
            "this needs a password; call again with interactive authorization allowed",
        );
        let text = Failure::from_broker("cannot delete key x", &error).to_string();
        assert!(text.contains("nobody to ask"), "{text}");
        assert!(!text.contains("call again"), "{text}");
    }

    #[test]
    fn control_characters_in_an_error_text_do_not_reach_the_terminal() {
        let error = Error::new(ErrorKind::Internal, "bad \u{1b}[2J thing\nsecond\rline");
        let text = Failure::from_broker("cannot list", &error).to_string();
        assert!(
            text.chars().all(|c| c == '\n' || !c.is_control()),
            "{text:?}"
        );
        assert!(
            text.contains("bad \\u{1b}[2J thing\nsecond\\rline"),
            "{text:?}"
        );
    }

    #[test]
    fn each_failure_has_the_exit_status_that_people_know() {
        assert_eq!(Failure::new("a", "b").status(), 1);
        let told_apart = Failure::new("a", "b").with_status(4).and_next("c");
        assert_eq!(told_apart.status(), 4);
        assert_eq!(Failure::Declined.status(), 1);
        assert_eq!(Failure::Usage(String::new()).status(), 2);
        assert_eq!(Failure::OutputClosed.status(), 0);
        assert_eq!(Failure::Interrupted(15).status(), 143);
    }

    #[test]
    fn a_closed_output_is_not_worth_a_word() {
        assert_eq!(Failure::OutputClosed.to_string(), "");
    }
}
