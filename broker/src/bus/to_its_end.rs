//! Work that is carried to its end, although its caller may leave.

use std::convert::Infallible;

use tokio::sync::oneshot;

use super::front_door::Rejected;
use super::key_info::internal;

/// Runs work in a task of its own. If the caller leaves, the answer is lost, and the work is not.
///
/// # Errors
///
/// What the work returns. If its task panics, an error that says "`name` was cut short".
pub(super) async fn to_its_end<T, E>(
    name: &str,
    work: impl Future<Output = Result<T, E>> + Send + 'static,
) -> Result<T, Rejected>
where
    T: Send + 'static,
    E: Send + 'static,
    Rejected: From<E>,
{
    let done = tokio::spawn(work).await;
    let done = done.map_err(|_| internal(&format!("{name} was cut short")))?;
    Ok(done?)
}

/// The same for work that wants to know when its caller has left: it gets a future that ends then.
///
/// # Errors
///
/// As of [`to_its_end`].
pub(super) async fn to_its_end_and_told<T, E, W>(
    name: &str,
    work: impl FnOnce(CallerLeft) -> W,
) -> Result<T, Rejected>
where
    W: Future<Output = Result<T, E>> + Send + 'static,
    T: Send + 'static,
    E: Send + 'static,
    Rejected: From<E>,
{
    // Dropped with this future, which the front door drops when the caller leaves.
    let (_stays, left) = oneshot::channel();
    to_its_end(name, work(CallerLeft(left))).await
}

/// Until the caller leaves.
#[derive(Debug)]
pub(super) struct CallerLeft(oneshot::Receiver<Infallible>);

impl CallerLeft {
    pub(super) async fn wait(self) {
        // Nothing is ever sent, so the error is the end of the sender.
        drop(self.0.await);
    }
}
