//! What one way of pointing ssh to the agent comes to.

use super::addition::Addition;
use super::in_the_way::Obstacle;
use crate::error::Failure;

/// What a way has to say.
#[derive(Debug)]
pub(crate) enum Way {
    /// ssh asks ours already.
    Done(Standing),
    /// Something is there that is not ours to change.
    Left(Failure),
    /// Something else sets the agent, and may be turned off.
    Blocked(Obstacle),
    /// These lines would do it.
    Lines(Vec<Addition>),
}

/// How ssh comes to ask our agent, and what of that was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    /// What to tell the user.
    pub(crate) told: String,
    /// From when on.
    pub(crate) from: From,
}

/// From when on it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum From {
    /// It was seen to hold now.
    Now,
    /// Programs that run now do not have it yet, or it could not be seen.
    NextLogin,
}

impl Standing {
    /// It was seen.
    pub(crate) fn now(told: impl Into<String>) -> Self {
        Self {
            told: told.into(),
            from: From::Now,
        }
    }

    /// It will be seen after the next login.
    pub(crate) fn next_login(told: impl Into<String>) -> Self {
        Self {
            told: told.into(),
            from: From::NextLogin,
        }
    }
}
