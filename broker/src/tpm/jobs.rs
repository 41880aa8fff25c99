//! The jobs that wait for the TPM.

use std::sync::{Condvar, LockResult, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::device::Device;
use super::failure::Failure;
use sshtpm_core::error::{LimitError, TpmError};
use sshtpm_core::queue::{FairQueue, Line, Next, QueueBounds, QueueState, Waiting, Work};

/// One task for the TPM. It may run twice, so it must change nothing that outlives it, or must
/// begin by undoing that.
pub(super) trait Operation: Send + 'static {
    type Output: Send + 'static;

    /// Whether the thread opens the TPM for this operation if it is not open.
    const OPENS_THE_TPM: bool = true;

    fn run(&self, device: &mut Device) -> Result<Self::Output, Failure>;
}

/// An operation in the queue, whatever its output.
pub(super) trait Job: Waiting + Send {
    /// How long it may take.
    fn limit(&self) -> Duration;

    /// Whether the thread opens the TPM for this job if it is not open. If not, the job is dropped
    /// then.
    fn opens_the_tpm(&self) -> bool;

    /// Runs the job, and sends its answer if it succeeded.
    fn run(&mut self, device: &mut Device) -> Result<(), Failure>;

    /// Sends the caller the error.
    fn fail(self: Box<Self>, error: TpmError);
}

/// An operation, and the channel for its answer.
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
            // The caller may be gone by now, and no other has use for the answer.
            drop(reply.send(answer));
        }
    }
}

impl<O: Operation> Waiting for Task<O> {
    fn is_wanted(&self) -> bool {
        self.reply.as_ref().is_some_and(|reply| !reply.is_closed())
    }
}

impl Waiting for Box<dyn Job> {
    fn is_wanted(&self) -> bool {
        (**self).is_wanted()
    }
}

impl<O: Operation> Job for Task<O> {
    fn limit(&self) -> Duration {
        self.limit
    }

    fn opens_the_tpm(&self) -> bool {
        O::OPENS_THE_TPM
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

/// The queue between callers and the thread that owns the TPM.
pub(super) struct Jobs {
    queue: Mutex<FairQueue<Box<dyn Job>>>,
    changed: Condvar,
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
            changed: Condvar::new(),
        }
    }

    /// Changes how much can wait from now on.
    pub(super) fn set_bounds(&self, bounds: QueueBounds) {
        self.lock().set_bounds(bounds);
        self.changed.notify_one();
    }

    /// # Errors
    ///
    /// The queue or the user's share of it is full.
    pub(super) fn push(&self, line: Line, work: Work, job: Box<dyn Job>) -> Result<(), LimitError> {
        self.lock().push(line, work, job, Instant::now())?;
        self.changed.notify_one();
        Ok(())
    }

    /// Adds quick work without a waiting caller, for when the TPM is idle.
    pub(super) fn offer(&self, job: Box<dyn Job>) {
        self.lock().offer(job);
        self.changed.notify_one();
    }

    /// The state of the whole queue, as a caller in `line` sees it.
    pub(super) fn state(&self, line: Line) -> QueueState {
        self.lock().state(line)
    }

    /// The state of what is in `line`.
    pub(super) fn state_of(&self, line: Line) -> QueueState {
        self.lock().state_of(line)
    }

    /// The next job; `None` if none can begin within `patience`. The caller has finished the
    /// previous job.
    pub(super) fn pop(&self, patience: Option<Duration>) -> Option<Box<dyn Job>> {
        let end = patience.map(|patience| Instant::now() + patience);
        let mut queue = self.lock();
        loop {
            let now = Instant::now();
            let again = match queue.pop(now) {
                Next::Now(job) => return Some(job),
                Next::NotBefore(then) => Some(then),
                Next::Nothing => None,
            };
            if end.is_some_and(|end| end <= now) {
                return None;
            }
            queue = match [again, end].into_iter().flatten().min() {
                Some(then) => self.wait_until(queue, then - now),
                None => ignoring_panics(self.changed.wait(queue)),
            };
        }
    }

    fn wait_until<'a>(&self, queue: Guard<'a>, time: Duration) -> Guard<'a> {
        ignoring_panics(self.changed.wait_timeout(queue, time)).0
    }

    fn lock(&self) -> Guard<'_> {
        ignoring_panics(self.queue.lock())
    }
}

type Guard<'a> = MutexGuard<'a, FairQueue<Box<dyn Job>>>;

/// A panic elsewhere leaves the queue whole.
fn ignoring_panics<T>(locked: LockResult<T>) -> T {
    locked.unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU16;

    use super::*;
    use sshtpm_core::identity::Uid;

    /// More than anything here takes, so that only a job that is not given out makes a test fail.
    const LONG: Option<Duration> = Some(Duration::from_secs(60));

    struct Nothing;

    impl Operation for Nothing {
        type Output = ();

        fn run(&self, _device: &mut Device) -> Result<(), Failure> {
            Ok(())
        }
    }

    fn jobs() -> Jobs {
        Jobs::new(QueueBounds {
            per_user: 8,
            in_all: 8,
            host_per_second: NonZeroU16::MIN,
        })
    }

    /// Adds a job; its caller waits until the receiver is dropped.
    fn push(jobs: &Jobs, line: Line) -> oneshot::Receiver<Result<(), TpmError>> {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(Task::new(Nothing, Duration::ZERO, reply));
        jobs.push(line, Work::Quick, job).expect("room");
        answer
    }

    #[test]
    fn a_rate_limited_job_is_given_out_when_its_moment_comes() {
        let jobs = jobs();
        let _answers = [push(&jobs, Line::Host), push(&jobs, Line::Host)];
        assert!(jobs.pop(LONG).is_some());
        assert!(jobs.pop(Some(Duration::ZERO)).is_none(), "one a second");
        assert!(jobs.pop(LONG).is_some());
    }

    #[test]
    fn a_waiting_worker_gets_the_next_job() {
        let jobs = jobs();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| jobs.pop(LONG).is_some());
            let _answer = push(&jobs, Line::User(Uid(1000)));
            assert!(waiting.join().expect("no panic"));
        });
    }

    #[test]
    fn what_is_offered_is_given_out_once_where_there_is_nothing_to_do() {
        let jobs = jobs();
        let mut answers = Vec::new();
        let mut offer = || {
            let (reply, answer) = oneshot::channel();
            answers.push(answer);
            jobs.offer(Box::new(Task::new(Nothing, Duration::ZERO, reply)));
        };
        offer();
        offer();
        assert!(jobs.pop(LONG).is_some());
        offer();
        assert!(jobs.pop(Some(Duration::ZERO)).is_none());
    }

    #[test]
    fn a_job_whose_caller_left_is_not_given_out() {
        let jobs = jobs();
        drop(push(&jobs, Line::User(Uid(1000))));
        assert!(jobs.pop(Some(Duration::ZERO)).is_none());
    }
}
