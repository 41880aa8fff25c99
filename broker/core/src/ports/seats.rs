//! Who sits at this machine.

use std::future::Future;

use crate::identity::Uid;
use crate::seat::{Login, NotTold};

/// Who sits at this machine: logind.
pub trait Seats: Send + Sync + 'static {
    /// The login sessions of `user` at seats of this machine, as they are while it is asked.
    ///
    /// # Errors
    ///
    /// It cannot be found out, in time or at all.
    fn logins(&self, user: Uid) -> impl Future<Output = Result<Vec<Login>, NotTold>> + Send;
}
