//! Who is behind a unique name, as the bus daemon says, and whether they are still there.
//!
//! A unique name belongs to one connection for as long as the bus daemon runs and is never given
//! out again, so an answer stays true; it is forgotten when the connection ends.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::{BoxFuture, FutureExt as _, Shared};
use tokio::sync::watch;
use tokio::time::timeout;
use zbus::fdo::{DBusProxy, NameOwnerChangedStream};
use zbus::names::UniqueName;

use super::users::{self, NotFound};
use sshtpm_core::identity::{Owner, Uid};

/// The callers that were asked about.
#[derive(Clone, Debug)]
pub(super) struct Callers {
    bus: DBusProxy<'static>,
    known: Arc<Mutex<HashMap<String, Known>>>,
}

#[derive(Debug)]
struct Known {
    /// `None` while the bus daemon is asked for it.
    uid: Option<Uid>,
    /// The question to the bus daemon. All calls that wait for the answer share it.
    asked: Option<Shared<BoxFuture<'static, Option<Uid>>>>,
    /// `None` while the user database is asked for it.
    owner: Option<Owner>,
    /// Dropped when the connection ends, which is how those who watch it learn.
    alive: watch::Sender<()>,
}

/// A caller's connection.
#[derive(Clone, Debug)]
pub(super) struct Connection {
    /// The unique name on the bus, which polkit is given as the subject.
    pub(super) bus_name: String,
    pub(super) owner: Owner,
    alive: watch::Receiver<()>,
}

impl Connection {
    /// The same caller, for as long as the sender of `alive` exists. Its holder has to drop
    /// it when the connection ends.
    pub(super) fn narrowed(&self, alive: watch::Receiver<()>) -> Self {
        Self {
            alive,
            ..self.clone()
        }
    }

    /// Returns when the connection has ended.
    pub(super) async fn ended(mut self) {
        while self.alive.changed().await.is_ok() {}
    }
}

/// Why the caller is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unknown {
    /// The connection ended before we knew.
    Gone,
    /// The uid has no name in the user database.
    NoUser(Uid),
    /// The user database could not say.
    NoAnswer,
}

/// How long the bus daemon may take to say whose a connection is. It is a look into a table.
const ASK_LIMIT: Duration = Duration::from_secs(5);

/// Idle connections remembered at most: as many as there are agents on a large machine. Those with
/// a request under way come on top of it; how many of them a user has is bounded at the door.
const MOST_IDLE: usize = 1024;

impl Callers {
    /// Starts to listen for connections that end.
    pub(super) async fn start(connection: &zbus::Connection) -> zbus::Result<Self> {
        let bus = DBusProxy::new(connection).await?;
        // Argument 2 is the new owner; it is empty when a connection ends.
        let ended = bus.receive_name_owner_changed_with_args(&[(2, "")]).await?;
        let callers = Self {
            bus,
            known: Arc::default(),
        };
        tokio::spawn(forget_ended(Arc::clone(&callers.known), ended));
        Ok(callers)
    }

    /// The user whose connection has this name: the first thing that is asked about a message.
    ///
    /// # Errors
    ///
    /// The connection ended, or the bus daemon does not say.
    pub(super) async fn uid(&self, name: &UniqueName<'_>) -> Result<Uid, Unknown> {
        // Watched before it is asked about, so that its end during the question is noticed.
        let (known, _, _alive) = self.look(name.as_str());
        if let Some(uid) = known {
            return Ok(uid);
        }
        let asked = self.asked(name)?;
        let Some(uid) = asked.await else {
            // It may have ended before it was watched.
            self.lock().remove(name.as_str());
            return Err(Unknown::Gone);
        };
        self.note(name, |known| {
            known.uid = Some(uid);
            known.asked = None;
        })?;
        Ok(uid)
    }

    /// The question whose connection this is, asked once at a time.
    ///
    /// # Errors
    ///
    /// The connection ended.
    fn asked(
        &self,
        name: &UniqueName<'_>,
    ) -> Result<Shared<BoxFuture<'static, Option<Uid>>>, Unknown> {
        let mut known = self.lock();
        let known = known.get_mut(name.as_str()).ok_or(Unknown::Gone)?;
        let ask = || ask(self.bus.clone(), name.to_owned()).boxed().shared();
        Ok(known.asked.get_or_insert_with(ask).clone())
    }

    /// The connection that has this name, and its user.
    ///
    /// # Errors
    ///
    /// It ended, or its user is not known.
    pub(super) async fn identify(&self, name: &UniqueName<'_>) -> Result<Connection, Unknown> {
        let uid = self.uid(name).await?;
        let (_, owner, alive) = self.look(name.as_str());
        let owner = match owner {
            Some(owner) => owner,
            None => {
                let found = users::by_uid(uid).await;
                let owner = found.map_err(|not_found| match not_found {
                    NotFound::NoSuchUser => Unknown::NoUser(uid),
                    NotFound::NoAnswer => Unknown::NoAnswer,
                })?;
                self.note(name, |known| known.owner = Some(owner.clone()))?;
                owner
            }
        };
        Ok(Connection {
            bus_name: name.to_string(),
            owner,
            alive,
        })
    }

    fn look(&self, name: &str) -> (Option<Uid>, Option<Owner>, watch::Receiver<()>) {
        let mut known = self.lock();
        if known.len() >= MOST_IDLE {
            known.retain(|_, one| one.alive.receiver_count() > 0);
        }
        let entry = known.entry(name.to_owned()).or_insert_with(|| Known {
            uid: None,
            asked: None,
            owner: None,
            alive: watch::Sender::new(()),
        });
        (entry.uid, entry.owner.clone(), entry.alive.subscribe())
    }

    /// # Errors
    ///
    /// The connection ended.
    fn note(&self, name: &UniqueName<'_>, note: impl FnOnce(&mut Known)) -> Result<(), Unknown> {
        let mut known = self.lock();
        let known = known.get_mut(name.as_str()).ok_or(Unknown::Gone)?;
        note(known);
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Asks the bus daemon whose connection `name` is.
async fn ask(bus: DBusProxy<'static>, name: UniqueName<'static>) -> Option<Uid> {
    let asked = timeout(ASK_LIMIT, bus.get_connection_unix_user(name.into())).await;
    asked
        .map_err(|late| late.to_string())
        .and_then(|answer| answer.map_err(|cause| cause.to_string()))
        .inspect_err(|cause| tracing::debug!(%cause, "a caller cannot be identified"))
        .map(Uid)
        .ok()
}

async fn forget_ended(
    known: Arc<Mutex<HashMap<String, Known>>>,
    mut ended: NameOwnerChangedStream,
) {
    while let Some(signal) = ended.next().await {
        if let Ok(args) = signal.args() {
            known
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .remove(args.name().as_str());
        }
    }
}
