//! The user database.

use std::future::Future;

use thiserror::Error;

use crate::identity::{Uid, UserName};
use sshtpm_ssh::error_kind::ErrorKind;

/// The user database of the machine.
pub trait Users: Send + Sync + 'static {
    /// The name of the user who has `uid` now, if there is one. `asker` waits for a turn.
    ///
    /// # Errors
    ///
    /// It cannot be found out.
    fn name_of(
        &self,
        uid: Uid,
        asker: Uid,
    ) -> impl Future<Output = Result<Option<UserName>, NoAnswer>> + Send;
}

/// The user database does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the user database does not answer; see the broker's journal, and try again")]
pub struct NoAnswer;

impl NoAnswer {
    /// What the caller can do about it.
    pub fn kind(self) -> ErrorKind {
        ErrorKind::Internal
    }
}
