//! Decides which notifications there are.
//!
//! Bounds are kept apart for programs of this machine and for hosts to which the agent is
//! forwarded, so that a host cannot hide what happens here behind a flood of its own.

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::future::pending;
use std::rc::Rc;

use tokio::sync::oneshot;
use tokio::task::spawn_local;
use tracing::warn;

use super::notice::Notice;
use super::screen::Screen;
use super::settings::{Occasion, Settings};
use super::turns::Turns;
use super::used_for;
pub(crate) use super::uses::Signing;
use super::uses::Uses;
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
    screen: Rc<LoggedScreen>,
    local: Lane,
    forwarded: Lane,
}

/// The bounds for one origin. Those of one occasion do not count for the other: a notification of
/// waiting takes its place for minutes, and would hide uses.
#[derive(Debug)]
struct Lane {
    used: Turns,
    waiting: Turns,
    /// Uses that the next notification tells, if there are any. It is under way.
    untold: Rc<RefCell<Option<Uses>>>,
}

/// The screen. Why it shows nothing is logged once.
#[derive(Debug)]
struct LoggedScreen {
    screen: Screen,
    is_failing: Cell<bool>,
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
    _open: oneshot::Sender<Infallible>,
}

impl Notifier {
    /// Notifies of what `settings` include, at `screen`.
    pub(crate) fn new(settings: Settings, screen: Screen) -> Self {
        let is_failing = Cell::new(false);
        Self {
            settings,
            screen: Rc::new(LoggedScreen { screen, is_failing }),
            local: Lane::new(MAX_LOCAL),
            forwarded: Lane::new(MAX_FORWARDED),
        }
    }

    /// Whether the user wants to know when a person is waited for.
    pub(crate) fn notifies_of_waiting(&self) -> bool {
        self.settings.include(Occasion::Waiting)
    }

    /// A key was used. Does not wait for the notification. Uses that come too soon after one are
    /// told together by the next.
    pub(crate) fn used(&self, signing: Signing<'_>) {
        if !self.settings.include(Occasion::Used) {
            return;
        }
        let lane = self.lane(signing.asker.origin);
        if !lane.gather(Uses::one(signing)) {
            return;
        }
        let (turns, untold) = (lane.used.clone(), Rc::clone(&lane.untold));
        let screen = Rc::clone(&self.screen);
        spawn_local(async move {
            let _turn = turns.next().await;
            let uses = untold.take();
            if let Some(text) = uses.map(Uses::in_words) {
                let occasion = Occasion::Used;
                screen.show(Notice { occasion, text }, pending()).await;
            }
        });
    }

    /// A person is waited for, until what is returned is dropped. Does not wait for the
    /// notification.
    pub(crate) fn waiting(&self, signing: Signing<'_>, what: For) -> Option<Showing> {
        if !self.notifies_of_waiting() {
            return None;
        }
        let text = waits(signing, what);
        let turns = self.lane(signing.asker.origin).waiting.clone();
        let screen = Rc::clone(&self.screen);
        let (open, mut over) = oneshot::channel();
        spawn_local(async move {
            let _turn = tokio::select! {
                _ = &mut over => return,
                turn = turns.next() => turn,
            };
            let occasion = Occasion::Waiting;
            let over = async {
                let _ = over.await;
            };
            screen.show(Notice { occasion, text }, over).await;
        });
        Some(Showing { _open: open })
    }

    fn lane(&self, origin: Origin) -> &Lane {
        match origin {
            Origin::Local => &self.local,
            Origin::Forwarded => &self.forwarded,
        }
    }
}

/// That a request waits for a person.
fn waits(signing: Signing<'_>, what: For) -> Sentence {
    let wanted = match what {
        For::Pin => " needs its PIN to ",
        For::Confirmation => " needs your confirmation to ",
    };
    Sentence::from("SSH key ")
        .and(key_in_words(signing.fingerprint))
        .and(wanted)
        .and(used_for::in_words(signing.data))
        .and(", asked for by ")
        .then(requester(signing.asker))
}

impl Lane {
    fn new(waiting: usize) -> Self {
        Self {
            used: Turns::new(MAX_USED),
            waiting: Turns::new(waiting),
            untold: Rc::default(),
        }
    }

    /// Adds `uses` to those that are to be told. Whether they are the first, so that nothing is
    /// under way to tell them.
    fn gather(&self, uses: Uses) -> bool {
        let mut untold = self.untold.borrow_mut();
        let before = untold.take();
        let is_first = before.is_none();
        *untold = Some(match before {
            Some(before) => before.and(uses),
            None => uses,
        });
        is_first
    }
}

impl LoggedScreen {
    async fn show(&self, notice: Notice, over: impl Future<Output = ()>) {
        match self.screen.show(&notice, over).await {
            Ok(()) => self.is_failing.set(false),
            Err(_) if self.is_failing.replace(true) => {}
            Err(why) => warn!("a notification was not shown, and further ones may not be: {why}"),
        }
    }
}

#[cfg(test)]
#[path = "notifier_tests.rs"]
mod tests;
