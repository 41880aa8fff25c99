//! Why an agent behind did not answer as it should.

use std::io;
use std::time::Duration;

/// Why an agent behind did not answer as it should. No text quotes what was sent or received.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    #[error("nobody listens there: {0}; start it, or take it out of the settings")]
    Absent(io::Error),
    #[error("it does not run")]
    NotStarted,
    #[error("{0}")]
    NoOpenSsh(io::Error),
    #[error("it belongs to another user; name the socket of an agent of your own")]
    OtherUser,
    #[error("it is this agent itself, or leads back to it; take it out of the settings")]
    Loop,
    #[error("it did not answer within {} s", .0.as_secs())]
    Late(Duration),
    #[error("nobody answered what it may have asked; touch the token, or confirm, in time")]
    Unanswered,
    #[error("it refused to lock, to unlock or to remove its keys; do that where they are")]
    Refused,
    #[error("it hung up")]
    HungUp,
    #[error("its answer is malformed")]
    Malformed,
    #[error("its unfinished answers filled the memory for them")]
    Flood,
    #[error("it did not accept the SSH sessions of a forwarded connection")]
    Unbound,
    #[error("it rests after an earlier error")]
    Resting,
    #[error("the connection to it broke: {0}")]
    Io(#[from] io::Error),
}

impl Trouble {
    /// Whether the agent is left alone for a while. An error that costs neither time nor memory is
    /// found again with the next request, and so is an agent that was started.
    pub(super) fn makes_it_rest(&self) -> bool {
        matches!(self, Self::Late(_) | Self::Malformed | Self::Flood)
    }

    /// Whether the user has to know. An agent that is not there is often one that is not used; a
    /// host to which the agent is forwarded could cause the others at will.
    pub(super) fn is_worth_a_line(&self) -> bool {
        !matches!(
            self,
            Self::Absent(_) | Self::NotStarted | Self::Unbound | Self::Resting
        )
    }
}
