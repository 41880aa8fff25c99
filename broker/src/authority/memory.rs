//! What polkit allowed, until a signal says that it may answer differently.
//!
//! Must know nothing while the broker cannot listen to polkit's signals.

use std::fmt::Debug;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::Notify;
use tokio::time::timeout;
use zbus_polkit::policykit1::AuthorizationResult;

use super::answers::ahead::Next;
use super::answers::{Answers, Asked, Matter};
use super::changes::{Changes, Heard};
use sshtpm_core::identity::Caller;
use sshtpm_core::policy::{Action, Details};

/// How long the machine is up, times included in which it slept.
pub(crate) type SinceBoot = fn() -> Duration;

/// The connection on which polkit's signals arrive. Requests come in over others, so a request can
/// overtake a signal that was sent before it.
pub(crate) trait Signals: Debug + Send + Sync + 'static {
    /// Returns when the broker has heard each signal that has arrived by now.
    fn are_heard(&self) -> BoxFuture<'_, ()>;
}

/// polkit's answers, and the signals that end them.
#[derive(Debug)]
pub(super) struct Memory {
    known: Mutex<Known>,
    signals: Arc<dyn Signals>,
    since_boot: SinceBoot,
    /// Told when polkit has answered something.
    answers: Notify,
}

#[derive(Debug)]
struct Known {
    answers: Answers,
    /// `None`: the broker is not listening, and nothing is known.
    changes: Option<Changes>,
    /// Wakes the task that takes the signals between questions.
    listener: Waker,
}

/// How long a request waits until the signals are heard that arrived before it. That takes less
/// than a millisecond; if the broker has no time for them, polkit is asked.
const SIGNAL_LIMIT: Duration = Duration::from_secs(1);

/// How long after the bus refused to let us listen that is tried again.
const PAUSE: Duration = Duration::from_secs(10);

impl Memory {
    /// Begins to listen on `connection`, for as long as that is there.
    pub(super) async fn start(
        connection: &zbus::Connection,
        signals: Arc<dyn Signals>,
        reuse: Duration,
        since_boot: SinceBoot,
    ) -> Arc<Self> {
        let memory = Arc::new(Self {
            known: Mutex::new(Known {
                answers: Answers::new(reuse),
                changes: None,
                listener: Waker::noop().clone(),
            }),
            signals,
            since_boot,
            answers: Notify::new(),
        });
        // The first caller finds it in place.
        memory.listen(connection).await;
        tokio::spawn(keep_listening(Arc::clone(&memory), connection.clone()));
        memory
    }

    /// Whether polkit allowed just this not long ago, and has not said anything since. Answers at
    /// once if nothing has arrived that was not heard yet.
    pub(super) async fn allows(&self, caller: &Caller, action: Action, details: &Details) -> bool {
        if timeout(SIGNAL_LIMIT, self.signals.are_heard())
            .await
            .is_err()
        {
            return false;
        }
        let now = (self.since_boot)();
        let mut known = self.up_to_date();
        let allows = known.answers.allow(caller, action, details, now);
        if allows {
            known.answers.used(caller, action, details, now);
        }
        allows
    }

    /// Has to be called before a question is asked whose answer is to be kept.
    pub(super) fn asking(&self) -> Asked {
        let now = (self.since_boot)();
        self.up_to_date().answers.asking(now)
    }

    /// Keeps `answer`, if it may be given again.
    pub(super) fn keep(
        &self,
        asked: Asked,
        caller: &Caller,
        action: Action,
        details: &Details,
        answer: &AuthorizationResult,
    ) {
        let mut known = self.up_to_date();
        if known.changes.is_some() {
            known.answers.keep(asked, caller, action, details, answer);
        }
        drop(known);
        self.answered(asked);
    }

    /// A question to ask ahead of the end of its answer; [`Memory::asked_again`] has to follow.
    pub(super) fn take_due(&self) -> Option<Arc<Matter>> {
        let now = (self.since_boot)();
        self.up_to_date().answers.take_due(now)
    }

    /// Whether `matter` is still to be asked again.
    pub(super) fn is_to_be_asked_again(&self, matter: &Matter) -> bool {
        self.up_to_date().answers.is_to_be_asked_again(matter)
    }

    /// Takes what came of a question ahead; `None` is no answer.
    pub(super) fn asked_again(
        &self,
        asked: Asked,
        matter: &Matter,
        answer: Option<&AuthorizationResult>,
    ) {
        self.up_to_date().answers.asked_again(asked, matter, answer);
        match answer {
            Some(_) => self.answered(asked),
            // How long a failure takes says nothing about the next answer.
            None => self.answers.notify_one(),
        }
    }

    /// What is to be done next so that no request has to wait for polkit.
    pub(super) fn next(&self) -> Next {
        let now = (self.since_boot)();
        match self.up_to_date().answers.next(now) {
            Next::Ask(due) => Next::Ask(due.saturating_sub(now)),
            next => next,
        }
    }

    /// Returns when polkit has answered something.
    pub(super) async fn answer(&self) {
        self.answers.notified().await;
    }

    /// Notes that polkit is slow, or would be, because the bus is busy.
    pub(super) fn polkit_is_slow(&self) {
        let now = (self.since_boot)();
        self.lock().answers.polkit_is_slow(now);
        // Answers in use are to be asked for ahead now.
        self.answers.notify_one();
    }

    /// The earlier answer to a question over which polkit is slow, if it counts because of that.
    /// The question is then one ahead, and [`Memory::asked_again`] has to follow.
    pub(super) async fn earlier(
        &self,
        caller: &Caller,
        action: Action,
        details: &Details,
    ) -> Option<Arc<Matter>> {
        self.polkit_is_slow();
        if !self.allows(caller, action, details).await {
            return None;
        }
        self.up_to_date().answers.goes_on(caller, action, details)
    }

    fn answered(&self, asked: Asked) {
        let now = (self.since_boot)();
        self.lock().answers.took(asked, now);
        self.answers.notify_one();
    }

    /// Forgets everything, and keeps answers for `reuse` from now on.
    pub(super) fn set_reuse(&self, reuse: Duration) {
        self.up_to_date().answers.set_reuse(reuse);
    }

    fn up_to_date(&self) -> MutexGuard<'_, Known> {
        let mut known = self.lock();
        known.take_signals();
        known
    }

    async fn listen(&self, connection: &zbus::Connection) {
        match Changes::listen(connection).await {
            Ok(changes) => self.lock().changes = Some(changes),
            Err(cause) => tracing::warn!(
                %cause,
                "cannot listen to polkit's signals; polkit is asked each time"
            ),
        }
    }

    /// Takes the signals, and returns when no further signal will come.
    async fn take_signals(&self) {
        poll_fn(|context| {
            let mut known = self.lock();
            known.listener.clone_from(context.waker());
            known.take_signals();
            match known.changes {
                Some(_) => Poll::Pending,
                None => Poll::Ready(()),
            }
        })
        .await;
    }

    /// What is known is consistent between any two calls, so a panic elsewhere does not matter.
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn take_signals(&mut self) {
        let Some(changes) = &mut self.changes else {
            return;
        };
        match changes.take(&self.listener) {
            Heard::Nothing => {}
            Heard::Change => self.answers.forget(),
            Heard::End => {
                self.changes = None;
                self.answers.forget();
            }
        }
    }
}

async fn keep_listening(memory: Arc<Memory>, connection: zbus::Connection) {
    loop {
        memory.take_signals().await;
        if connection.is_closed() {
            return;
        }
        tokio::time::sleep(PAUSE).await;
        memory.listen(&connection).await;
    }
}

#[cfg(test)]
mod tests;
