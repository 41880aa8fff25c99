//! What waits for the TPM.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

use super::device::Device;
use super::failure::Failure;
use crate::core::error::{LimitError, TpmError};
use crate::core::identity::Uid;
use crate::core::queue::{FairQueue, QueueBounds};

/// One thing that the TPM can be told to do, possibly twice: it must not change anything that
/// outlives it.
pub(super) trait Operation: Send + 'static {
    type Output: Send + 'static;

    fn run(&self, device: &mut Device) -> Result<Self::Output, Failure>;
}

/// An operation of whatever output, in the queue.
pub(super) trait Job: Send {
    /// How long it may take.
    fn limit(&self) -> Duration;

    /// Whether anybody still waits for it.
    fn is_wanted(&self) -> bool;

    /// Runs it; the answer of a run that worked is sent.
    fn run(&mut self, device: &mut Device) -> Result<(), Failure>;

    /// Sends that it did not work.
    fn fail(self: Box<Self>, error: TpmError);
}

/// An operation, and who waits for it.
pub(super) struct Task<O: Operation> {
    operation: O,
    limit: Duration,
    reply: Option<oneshot::Sender<Result<O::Output, TpmError>>>,
}

impl<O: Operation> Task<O> {
    pub(super) fn new(
        operation: O,
        limit: Duration,
        reply: oneshot::Sender<Result<O::Output, TpmError>>,
    ) -> Self {
        Self {
            operation,
            limit,
            reply: Some(reply),
        }
    }

    fn reply(&mut self, answer: Result<O::Output, TpmError>) {
        if let Some(reply) = self.reply.take() {
            // The caller may be gone by now; the answer is of use to nobody else.
            drop(reply.send(answer));
        }
    }
}

impl<O: Operation> Job for Task<O> {
    fn limit(&self) -> Duration {
        self.limit
    }

    fn is_wanted(&self) -> bool {
        self.reply.as_ref().is_some_and(|reply| !reply.is_closed())
    }

    fn run(&mut self, device: &mut Device) -> Result<(), Failure> {
        let output = self.operation.run(device)?;
        self.reply(Ok(output));
        Ok(())
    }

    fn fail(mut self: Box<Self>, error: TpmError) {
        self.reply(Err(error));
    }
}

/// The queue between those who want something and the thread that owns the TPM.
pub(super) struct Jobs {
    queue: Mutex<FairQueue<Box<dyn Job>>>,
    arrived: Condvar,
}

impl std::fmt::Debug for Jobs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Jobs { .. }")
    }
}

impl Jobs {
    pub(super) fn new(bounds: QueueBounds) -> Self {
        Self {
            queue: Mutex::new(FairQueue::new(bounds)),
            arrived: Condvar::new(),
        }
    }

    /// Changes how many jobs of one user can wait from now on.
    pub(super) fn set_per_user(&self, per_user: usize) {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.set_per_user(per_user);
    }

    /// # Errors
    ///
    /// As much is waiting as may.
    pub(super) fn push(&self, uid: Uid, job: Box<dyn Job>) -> Result<(), LimitError> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.push(uid, job)?;
        self.arrived.notify_one();
        Ok(())
    }

    /// The next job; `None` if none arrives within `patience`.
    pub(super) fn pop(&self, patience: Option<Duration>) -> Option<Box<dyn Job>> {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let mut first = None;
        let mut is_empty = |queue: &mut FairQueue<Box<dyn Job>>| {
            first = queue.pop();
            first.is_none()
        };
        match patience {
            Some(patience) => {
                drop(
                    self.arrived
                        .wait_timeout_while(queue, patience, &mut is_empty),
                );
            }
            None => drop(self.arrived.wait_while(queue, &mut is_empty)),
        }
        first
    }
}
