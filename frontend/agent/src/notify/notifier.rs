//! Decides which notifications there are.
//!
//! Bounds are kept apart for programs of this machine and for hosts to which the agent is
//! forwarded, so that a host cannot hide what happens here behind a flood of its own.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use sshtpm_ssh::words::Words;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::task::spawn_local;
use tokio::time::Instant;
use tracing::warn;

use super::notice::Notice;
use super::pace::Pace;
use super::screen::Screen;
use super::settings::{Occasion, Settings};
use super::used_for;
use crate::asker::Asker;
use crate::origin::Origin;
use crate::telling::requester::{key_in_words, requester};
use crate::telling::sentence::Sentence;

/// Notifications of waiting at a time for programs of this machine, and for all hosts to which the
/// agent is forwarded. `MaxConnections=` of `sshtpm-askpass.socket` counts on it.
const MAX_LOCAL: usize = 2;
const MAX_FORWARDED: usize = 1;

/// Notifications of uses that are being put on the screen at a time, for each origin.
const MAX_USED: usize = 1;

/// All of them at a time.
#[cfg(test)]
pub(crate) const AT_A_TIME: usize = MAX_LOCAL + MAX_FORWARDED + 2 * MAX_USED;

/// Has the user notified, within bounds.
#[derive(Debug)]
pub(crate) struct Notifier {
    settings: Settings,
    screen: Rc<Screen>,
    local: Lane,
    forwarded: Lane,
    /// Whether the last notification could not be shown, which is logged once.
    is_failing: Rc<Cell<bool>>,
}

/// The bounds for one origin. Those of one occasion do not count for the other: a notification of
/// waiting takes its place for minutes, and would hide uses.
#[derive(Debug)]
struct Lane {
    used: Turns,
    waiting: Turns,
}

/// The bounds for one occasion.
#[derive(Debug)]
struct Turns {
    places: Arc<Semaphore>,
    pace: RefCell<Pace>,
}

/// A request for a signature, as a person is told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signing<'a> {
    pub(crate) fingerprint: &'a str,
    pub(crate) data: &'a [u8],
    pub(crate) asker: &'a Asker,
}

/// For what a request waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum For {
    Pin,
    Confirmation,
}

/// Keeps a notification on the screen until this is dropped.
#[derive(Debug)]
pub(crate) struct Showing {
    _open: Option<oneshot::Sender<()>>,
}

impl Notifier {
    /// Notifies of what `settings` include, at `screen`.
    pub(crate) fn new(settings: Settings, screen: Screen) -> Self {
        Self {
            settings,
            screen: Rc::new(screen),
            local: Lane::new(MAX_LOCAL),
            forwarded: Lane::new(MAX_FORWARDED),
            is_failing: Rc::default(),
        }
    }

    /// Whether the user wants to know when a person is waited for.
    pub(crate) fn notifies_of_waiting(&self) -> bool {
        self.settings.include(Occasion::Waiting)
    }

    /// A key was used. Does not wait for the notification.
    pub(crate) fn used(&self, signing: Signing<'_>) {
        let say = || {
            Sentence::from("SSH key ")
                .and(key_in_words(signing.fingerprint))
                .and(" was used to ")
        };
        drop(self.notify(Occasion::Used, signing, say));
    }

    /// A person is waited for, until what is returned is dropped. Does not wait for the
    /// notification.
    pub(crate) fn waiting(&self, signing: Signing<'_>, what: For) -> Showing {
        let say = || {
            let wanted = match what {
                For::Pin => " needs its PIN to ",
                For::Confirmation => " needs your confirmation to ",
            };
            Sentence::from("SSH key ")
                .and(key_in_words(signing.fingerprint))
                .and(wanted)
        };
        Showing {
            _open: self.notify(Occasion::Waiting, signing, say),
        }
    }

    /// Shows a notice that begins as `say` says. What is returned is dropped to take it from the
    /// screen.
    fn notify(
        &self,
        occasion: Occasion,
        signing: Signing<'_>,
        say: impl FnOnce() -> Sentence,
    ) -> Option<oneshot::Sender<()>> {
        if !self.settings.include(occasion) {
            return None;
        }
        let lane = match signing.asker.origin {
            Origin::Local => &self.local,
            Origin::Forwarded => &self.forwarded,
        };
        let (left_out, place) = lane.turns(occasion).take()?;
        let text = say()
            .and(used_for::in_words(signing.data))
            .and(", asked for by ")
            .then(requester(signing.asker))
            .and(more(left_out));
        let (open, over) = oneshot::channel();
        let notice = Notice { occasion, text };
        let (screen, is_failing) = (Rc::clone(&self.screen), Rc::clone(&self.is_failing));
        spawn_local(async move {
            let over = async {
                let _ = over.await;
            };
            let shown = screen.show(&notice, over).await;
            drop(place);
            match shown {
                Ok(()) => is_failing.set(false),
                Err(_) if is_failing.replace(true) => {}
                Err(why) => {
                    warn!("a notification was not shown, and further ones may not be: {why}")
                }
            }
        });
        Some(open)
    }
}

impl Lane {
    fn new(waiting: usize) -> Self {
        Self {
            used: Turns::new(MAX_USED),
            waiting: Turns::new(waiting),
        }
    }

    fn turns(&self, occasion: Occasion) -> &Turns {
        match occasion {
            Occasion::Used => &self.used,
            Occasion::Waiting => &self.waiting,
        }
    }
}

impl Turns {
    fn new(places: usize) -> Self {
        Self {
            places: Arc::new(Semaphore::new(places)),
            pace: RefCell::default(),
        }
    }

    /// The right to show one, and how many were left out before it.
    fn take(&self) -> Option<(u64, OwnedSemaphorePermit)> {
        let mut pace = self.pace.borrow_mut();
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
            pace.leave_out();
            return None;
        };
        Some((pace.passes(Instant::now())?, place))
    }
}

/// How many were left out, if any.
fn more(left_out: u64) -> Words {
    match left_out {
        0 => Words::default(),
        count => Words::from(". Not shown before this: ").and(count),
    }
}

#[cfg(test)]
#[path = "notifier_tests.rs"]
mod tests;
