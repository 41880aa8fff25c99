//! A call to logind that goes on until logind answers, whether or not anybody waits.
//!
//! The bus daemon counts a call against the broker until it is answered. So a call that is dropped
//! and made again would count twice, and a user who makes the broker drop many takes the room of
//! polkit's questions.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_util::FutureExt as _;
use tokio::task::JoinHandle;

/// The answer to come. To drop it does not end the call, nor what that holds.
#[derive(Debug)]
#[must_use = "nobody hears of the answer"]
pub(super) struct Call<T>(JoinHandle<zbus::Result<T>>);

impl<T: Send + 'static> Call<T> {
    /// `call` must not give up before it has an answer.
    pub(super) fn begin(call: impl Future<Output = zbus::Result<T>> + Send + 'static) -> Self {
        Self(tokio::spawn(call))
    }
}

impl<T> Future for Call<T> {
    type Output = zbus::Result<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let answer = ready!(self.0.poll_unpin(context));
        Poll::Ready(answer.unwrap_or_else(|_| Err(zbus::Error::Failure("it was lost".into()))))
    }
}
