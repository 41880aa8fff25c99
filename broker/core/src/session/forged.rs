//! Why sessions are not believed.

use thiserror::Error;

/// A host did not sign its session, or the session does not follow the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a session was not signed by its host")]
pub(crate) struct Forged;
