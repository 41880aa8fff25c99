//! Users with a login session, their screens, and the machine's sleep, as logind reports them.
//!
//! May touch: logind on the system bus. Must never decide what follows from it. Without logind
//! there are no events.
//!
//! A signal counts if it comes from the owner of logind's bus name, which is root by systemd's bus
//! policy; zbus compares the sender that the bus daemon wrote into it. But any user can send the
//! broker a signal of that form, and the connection stalls, its answers included, while too many
//! wait. So a task of its own takes each kind of signal. Locks of screens are not among the events
//! of [`Sessions`], because a user can make as many of them as they like.
//!
//! Specs: org.freedesktop.login1(5).

mod call;
#[cfg(test)]
mod fixtures;
mod locks;
mod logind;
mod seats;

pub(crate) use locks::Locks;
pub(crate) use seats::Seats;

use std::collections::HashSet;
use std::future::pending;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use futures_util::{Stream, StreamExt as _};
use tokio::sync::{Notify, mpsc};
use zbus::{Connection, OwnedFd};

use call::Call;
use logind::{ManagerProxy, PrepareForSleepStream, session_of};
use sshtpm_core::identity::Uid;
use sshtpm_core::seat::is_of_a_person;

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A user's last login session has ended.
    Left(Uid),
    /// The machine is about to sleep, and waits for [`Sessions::let_sleep`] if that was asked for.
    Sleeps,
    /// It is awake again.
    Wakes,
}

/// Makes a connection to the bus on which file descriptors come in.
pub(crate) type Connect =
    Box<dyn Fn() -> BoxFuture<'static, zbus::Result<Connection>> + Send + Sync>;

/// The sessions of this machine.
pub(crate) struct Sessions {
    manager: ManagerProxy<'static>,
    connect: Connect,
    /// Told when sessions come or go.
    changed: Arc<Notify>,
    sleeps: mpsc::Receiver<Event>,
    /// Users with a session at the last look.
    present: HashSet<Uid>,
    /// Users whose last session ended, not yet reported.
    left: Vec<Uid>,
    /// Whether sessions came or went since the last look began.
    is_stale: bool,
    /// The look under way.
    look: Option<Call<HashSet<Uid>>>,
    /// As long as it is held, the machine waits with going to sleep.
    delay: Option<OwnedFd>,
    is_delay_wanted: bool,
    /// logind was asked for one.
    asked_for_delay: Option<Call<OwnedFd>>,
}

/// How often the machine can go to sleep or wake before we hear of it. It does neither within the
/// seconds that an answer of logind's takes.
const MOST_SLEEPS: usize = 16;

impl Sessions {
    /// Begins to listen. `connect` is for what comes with a file descriptor.
    ///
    /// # Errors
    ///
    /// The bus is gone.
    pub(crate) async fn watch(connection: &Connection, connect: Connect) -> zbus::Result<Self> {
        let manager = ManagerProxy::new(connection).await?;
        let changed = Arc::new(Notify::new());
        // What is listened to is taken before anything else is waited for.
        let began = manager.receive_session_new().await?;
        tokio::spawn(tell_changes(began, Arc::clone(&changed)));
        let ended = manager.receive_session_removed().await?;
        tokio::spawn(tell_changes(ended, Arc::clone(&changed)));
        let (told, sleeps) = mpsc::channel(MOST_SLEEPS);
        tokio::spawn(tell_sleeps(
            manager.receive_prepare_for_sleep().await?,
            told,
        ));
        Ok(Self {
            manager,
            connect,
            changed,
            sleeps,
            present: HashSet::new(),
            left: Vec::new(),
            is_stale: true,
            look: None,
            delay: None,
            is_delay_wanted: false,
            asked_for_delay: None,
        })
    }

    /// Waits for the next event. It can be dropped and called again; nothing is lost then.
    pub(crate) async fn next(&mut self) -> Event {
        loop {
            if let Some(uid) = self.left.pop() {
                return Event::Left(uid);
            }
            if self.is_stale && self.look.is_none() {
                self.is_stale = false;
                self.look = Some(Call::begin(users(self.manager.clone())));
            }
            // Whatever logind takes over an answer, it is heard when it says that the machine
            // sleeps; and no event, however often it comes, ends a question.
            tokio::select! {
                Some(event) = self.sleeps.recv() => return event,
                delay = answer(&mut self.asked_for_delay) => self.delayed(delay),
                now = answer(&mut self.look) => self.looked(now),
                () = self.changed.notified() => self.is_stale = true,
            }
        }
    }

    /// Has the machine wait before it sleeps, until [`Self::let_sleep`] is called or a few seconds
    /// are over (`InhibitDelayMaxSec` of logind.conf(5)).
    pub(crate) fn delay_sleep(&mut self) {
        self.is_delay_wanted = true;
        if self.delay.is_none() && self.asked_for_delay.is_none() {
            self.asked_for_delay = Some(Call::begin(delay((self.connect)())));
        }
    }

    /// Lets the machine sleep.
    pub(crate) fn let_sleep(&mut self) {
        self.is_delay_wanted = false;
        self.delay = None;
    }

    fn delayed(&mut self, delay: zbus::Result<OwnedFd>) {
        match delay {
            Ok(delay) => self.delay = self.is_delay_wanted.then_some(delay),
            Err(cause) => {
                tracing::info!(%cause, "logind does not delay sleep until PINs and keys are wiped")
            }
        }
    }

    /// Takes the users with a session. If a session ended during the look, a signal makes the
    /// broker look again.
    fn looked(&mut self, now: zbus::Result<HashSet<Uid>>) {
        match now {
            Ok(now) => {
                self.left.extend(self.present.difference(&now));
                self.present = now;
            }
            Err(cause) => tracing::debug!(%cause, "logind does not say who is logged in"),
        }
    }
}

async fn tell_changes(mut signals: impl Stream + Unpin, changed: Arc<Notify>) {
    while signals.next().await.is_some() {
        changed.notify_one();
    }
}

async fn tell_sleeps(mut signals: PrepareForSleepStream, told: mpsc::Sender<Event>) {
    while let Some(signal) = signals.next().await {
        let event = match signal.args() {
            Ok(args) if args.start => Event::Sleeps,
            _ => Event::Wakes,
        };
        if told.try_send(event).is_err() {
            tracing::warn!(?event, "dropped an event: too many wait to be handled");
        }
    }
}

/// Waits for the answer to what was asked. It can be dropped and called again.
async fn answer<T: Send + 'static>(asked: &mut Option<Call<T>>) -> zbus::Result<T> {
    let answer = match asked {
        Some(call) => call.await,
        None => pending().await,
    };
    *asked = None;
    answer
}

async fn delay(connection: BoxFuture<'static, zbus::Result<Connection>>) -> zbus::Result<OwnedFd> {
    let manager = ManagerProxy::new(&connection.await?).await?;
    let why = "the broker wipes PINs and seeds of SSH keys";
    let delay = manager.inhibit("sleep", "sshtpm-broker", why, "delay");
    delay.await
}

async fn users(manager: ManagerProxy<'static>) -> zbus::Result<HashSet<Uid>> {
    let (connection, name) = (manager.inner().connection(), manager.inner().destination());
    let mut users = HashSet::new();
    for (_, uid, _, _, path) in manager.list_sessions().await? {
        let session = session_of(connection, name.clone(), &path).await;
        // One that is gone by now, is none.
        if session.is_ok_and(|session| is_of_a_person(&session.class)) {
            users.insert(Uid(uid));
        }
    }
    Ok(users)
}

#[cfg(test)]
mod tests;
