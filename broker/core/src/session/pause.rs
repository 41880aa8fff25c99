//! Letting others have their turn during a long computation.

use std::future::poll_fn;
use std::task::Poll;

/// Lets the executor do what else there is.
pub(crate) async fn pause() {
    let mut is_over = false;
    poll_fn(|context| match std::mem::replace(&mut is_over, true) {
        true => Poll::Ready(()),
        false => {
            context.waker().wake_by_ref();
            Poll::Pending
        }
    })
    .await;
}
