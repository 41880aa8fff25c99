//! What is counted and outlives the broker.

use std::future::Future;

use super::StoreError;
use crate::by_use::Changes;
use crate::counts::Counts;
use crate::identity::Uid;

/// Keeps what is counted of each user.
pub trait CountRecord: Send + Sync + 'static {
    /// Brings what is counted of `uid` to the disk, and gives it. `counts` is called when it is the
    /// turn of `uid`, so that the last ones that are written are the newest. They are on the disk
    /// when this returns; empty ones are no longer.
    ///
    /// # Errors
    ///
    /// The disk is full or fails.
    fn keep(
        &self,
        uid: Uid,
        counts: impl FnOnce() -> Counts + Send,
    ) -> impl Future<Output = Result<Counts, StoreError>> + Send;

    /// Brings to the disk how often within a day the broker had the TPM keep a key by itself. It is
    /// there when this returns.
    ///
    /// # Errors
    ///
    /// The disk is full or fails.
    fn keep_changes(&self, changes: Changes)
    -> impl Future<Output = Result<(), StoreError>> + Send;
}
