//! Screens that are locked, as logind reports it: `LockedHint` of a session turns true.
//!
//! The signal comes from the owner of logind's name, or else the bus daemon hands none on; beyond
//! that, the broker asks who has that name before it believes one. A signal names a session; whose
//! that is, logind is asked.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};
use zbus::fdo::DBusProxy;
use zbus::message::{Message, Type};
use zbus::names::OwnedUniqueName;
use zbus::{DeserializeDict, MatchRule, MessageStream, OwnedObjectPath};

use super::logind::{Logind, NAME, SESSION};
use super::seats::LOGIND_LIMIT;
use sshtpm_core::identity::Uid;

/// Signals that wait for the task that takes them. It does nothing else.
const QUEUE: NonZeroUsize = NonZeroUsize::new(64).expect("it is not zero");

/// Sessions, and users, that were heard of and not yet looked at. More than a machine has screens;
/// a lock that is dropped is noticed at the next use of a PIN.
const MOST_WAITING: usize = 256;

/// How long to wait before logind is asked again about a session, if it ended or refused.
const AGAIN: Duration = Duration::from_secs(1);

/// Users whose screens were locked.
#[derive(Debug)]
pub(crate) struct Locks(Arc<Waiting<Uid>>);

impl Locks {
    /// Begins to listen.
    ///
    /// # Errors
    ///
    /// The bus is gone.
    pub(crate) async fn watch(connection: &zbus::Connection) -> zbus::Result<Self> {
        let rule = MatchRule::builder()
            .msg_type(Type::Signal)
            .sender(NAME)
            .path_namespace("/org/freedesktop/login1/session")
            .interface("org.freedesktop.DBus.Properties")
            .member("PropertiesChanged")
            .arg(0, SESSION)
            .build()?;
        let signals = MessageStream::for_match_rule(rule, connection, Some(QUEUE)).await?;
        let bus = DBusProxy::new(connection).await?;
        let (heard, users) = (Arc::<Waiting<_>>::default(), Arc::<Waiting<_>>::default());
        tokio::spawn(hear(signals, Arc::clone(&heard)));
        tokio::spawn(find_users(bus, heard, Arc::clone(&users)));
        Ok(Self(users))
    }

    /// Waits for the next one. It can be dropped and called again; nothing is lost then.
    pub(crate) async fn next(&self) -> Uid {
        self.0.next().await
    }
}

/// A session of which a signal said that it was locked, and who sent that.
type Heard = (OwnedUniqueName, OwnedObjectPath);

/// What wait to be looked at, each once.
#[derive(Debug)]
struct Waiting<T> {
    line: Mutex<VecDeque<T>>,
    more: Notify,
}

impl<T> Default for Waiting<T> {
    fn default() -> Self {
        Self {
            line: Mutex::default(),
            more: Notify::new(),
        }
    }
}

impl<T: PartialEq> Waiting<T> {
    fn put(&self, one: T) {
        let mut line = self.lock();
        if line.contains(&one) {
            return;
        }
        match line.len() {
            0..MOST_WAITING => line.push_back(one),
            _ => tracing::warn!("dropped the lock of a screen: too many wait to be handled"),
        }
        self.more.notify_one();
    }

    async fn next(&self) -> T {
        loop {
            let first = self.lock().pop_front();
            match first {
                Some(one) => return one,
                None => self.more.notified().await,
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<T>> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn hear(mut signals: MessageStream, heard: Arc<Waiting<Heard>>) {
    while let Some(signal) = signals.next().await {
        if let Some(session) = signal.ok().as_ref().and_then(locked) {
            heard.put(session);
        }
    }
}

/// The properties that have changed, as far as they matter here.
#[derive(Debug, DeserializeDict, zbus::Type)]
#[zbus(signature = "a{sv}", rename_all = "PascalCase")]
struct Changed {
    locked_hint: Option<bool>,
}

/// The session that was locked, if `signal` says that of one.
fn locked(signal: &Message) -> Option<Heard> {
    let header = signal.header();
    let body = signal.body();
    let (_, changed, _): (&str, Changed, Vec<&str>) = body.deserialize().ok()?;
    let session = (
        header.sender()?.to_owned().into(),
        header.path()?.to_owned().into(),
    );
    changed.locked_hint?.then_some(session)
}

async fn find_users(bus: DBusProxy<'static>, heard: Arc<Waiting<Heard>>, users: Arc<Waiting<Uid>>) {
    loop {
        let session = heard.next().await;
        match in_full(user_of(&bus, &session)).await {
            Ok(user) => user.into_iter().for_each(|user| users.put(user)),
            Err(cause) => {
                tracing::info!(%cause, "logind does not say whose screen was locked; asking again");
                heard.put(session);
                sleep(AGAIN).await;
            }
        }
    }
}

/// Waits for logind's answer for as long as it takes. The bus daemon would go on to count a
/// question that is dropped, and one that is asked again is not answered sooner.
async fn in_full<T>(question: impl Future<Output = T>) -> T {
    let mut question = pin!(question);
    match timeout(LOGIND_LIMIT, question.as_mut()).await {
        Ok(answer) => answer,
        Err(_) => {
            tracing::info!("logind does not say whose screen was locked; still waiting");
            question.await
        }
    }
}

/// Whose session it is; `None` if it has ended, or the signal is not logind's.
async fn user_of(bus: &DBusProxy<'_>, (sender, path): &Heard) -> zbus::Result<Option<Uid>> {
    let logind = Logind::find(bus).await?;
    if !logind.is(&sender.as_ref()) {
        return Ok(None);
    }
    let session = logind.session(path).await?;
    Ok(session.map(|session| Uid(session.user.0)))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use zbus::Variant;

    use super::*;

    use super::super::fixtures::{self, ALICE, FalseLogind};

    #[tokio::test(start_paused = true)]
    async fn logind_is_asked_once_whose_screen_was_locked() {
        let (connection, logind) = FalseLogind::start().await;
        let locks = Locks::watch(&connection).await.expect("a watch");
        logind.answers(false);
        let hint = HashMap::from([("LockedHint", Variant::from(true))]);
        let body = (SESSION, hint, Vec::<&str>::new());
        let interface = "org.freedesktop.DBus.Properties";
        logind
            .signal(fixtures::SESSION, interface, "PropertiesChanged", &body)
            .await;
        let early = timeout(LOGIND_LIMIT * 10, locks.next()).await;
        assert!(early.is_err());
        assert_eq!(logind.unanswered().await, 1);
        logind.answers(true);
        assert_eq!(locks.next().await, Uid(ALICE));
    }

    fn changed(properties: &[(&str, bool)]) -> Message {
        let properties = properties
            .iter()
            .map(|(name, value)| (*name, Variant::from(*value)));
        let properties: HashMap<_, _> = properties.collect();
        let path = "/org/freedesktop/login1/session/_32";
        let signal = Message::signal(path, "org.freedesktop.DBus.Properties", "PropertiesChanged");
        let signal = signal.sender(":1.7");
        signal
            .build(&(SESSION, properties, Vec::<&str>::new()))
            .expect("a signal")
    }

    #[test]
    fn a_signal_tells_of_a_lock_and_of_nothing_else() {
        let told = locked(&changed(&[("IdleHint", false), ("LockedHint", true)]));
        let (sender, path) = told.expect("a lock");
        assert_eq!(sender.as_str(), ":1.7");
        assert_eq!(path.as_str(), "/org/freedesktop/login1/session/_32");
        assert!(locked(&changed(&[("LockedHint", false)])).is_none());
        assert!(locked(&changed(&[("Active", true)])).is_none());
    }

    #[tokio::test]
    async fn what_waits_already_waits_once_and_behind_no_newcomer() {
        let waiting = Waiting::default();
        for one in [2, 1, 2, 2] {
            waiting.put(one);
        }
        assert_eq!((waiting.next().await, waiting.next().await), (2, 1));
        waiting.put(2);
        assert_eq!(waiting.next().await, 2);
    }

    #[test]
    fn no_more_wait_than_there_is_room_for() {
        let waiting = Waiting::default();
        (0..MOST_WAITING + 10).for_each(|one| waiting.put(one));
        assert_eq!(waiting.lock().len(), MOST_WAITING);
    }
}
