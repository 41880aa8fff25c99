//! Why sessions are not believed.

use thiserror::Error;

/// A session is none of its host's, or does not follow the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a session is none of its host's")]
pub(crate) struct Forged;
