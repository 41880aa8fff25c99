//! What the authority answers.

use sshtpm_ssh::error_kind::ErrorKind;
use thiserror::Error;

/// The answer to one question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a decision has no effect unless it is read"]
pub enum Decision {
    /// The request may be carried out.
    Allowed,
    /// It may not, for this reason.
    Refused(Refused),
}

/// Why the authority refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Refused {
    /// A rule refused.
    #[error("not authorized: a polkit rule refused; ask the administrator")]
    NotAuthorized,
    /// A person refused, or could not give the password.
    #[error("not authorized: a person refused, or gave a wrong password; try again")]
    Declined,
    /// The prompt was not answered in time.
    #[error("the password prompt was not answered in time; try again, and answer it")]
    Unanswered,
    /// A person has to be asked, and the call did not allow that.
    #[error("this needs a password; call again with interactive authorization allowed")]
    InteractionRequired,
    /// A person refused lately. The rest lasts for so many seconds.
    #[error(
        "not authorized: a person refused this a short time ago, or did not answer; \
         nobody is asked for another {0} s, so try again after that"
    )]
    Resting(u64),
    /// Too many prompts are open.
    #[error("too many password prompts are open; answer those first")]
    TooManyPrompts,
    /// The authority did not answer.
    #[error("polkit did not answer, so nothing is allowed; see `systemctl status polkit`")]
    AuthorityUnavailable,
}

impl Refused {
    /// What the caller can do about it.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NotAuthorized | Self::Declined | Self::Unanswered | Self::Resting(_) => {
                ErrorKind::NotAuthorized
            }
            Self::InteractionRequired => ErrorKind::InteractiveAuthorizationRequired,
            Self::TooManyPrompts => ErrorKind::LimitsExceeded,
            Self::AuthorityUnavailable => ErrorKind::AuthorizationUnavailable,
        }
    }
}
