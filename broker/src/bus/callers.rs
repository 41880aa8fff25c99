//! Who is behind a unique name, as the bus daemon says, and whether they are still there.
//!
//! A unique name belongs to one connection for as long as the bus daemon runs and is never given
//! out again, so an answer stays true; it is forgotten when the connection ends.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::StreamExt as _;
use tokio::sync::watch;
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
    /// `None` while it is being asked for.
    owner: Option<Owner>,
    /// Dropped when the connection ends, which is how those who watch it learn.
    alive: watch::Sender<()>,
}

/// A caller's connection.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) owner: Owner,
    alive: watch::Receiver<()>,
}

impl Connection {
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

    /// Asks the bus daemon who sent a message, or remembers.
    pub(super) async fn identify(&self, name: &UniqueName<'_>) -> Result<Connection, Unknown> {
        // Watched before it is asked about, so that its end during the question is noticed.
        let alive = match self.look(name.as_str()) {
            (Some(owner), alive) => return Ok(Connection { owner, alive }),
            (None, alive) => alive,
        };
        let owner = self.ask(name).await?;
        match self.lock().get_mut(name.as_str()) {
            Some(known) => known.owner = Some(owner.clone()),
            None => return Err(Unknown::Gone),
        }
        Ok(Connection { owner, alive })
    }

    fn look(&self, name: &str) -> (Option<Owner>, watch::Receiver<()>) {
        let mut known = self.lock();
        if known.len() >= MOST_IDLE {
            known.retain(|_, one| one.alive.receiver_count() > 0);
        }
        let entry = known.entry(name.to_owned()).or_insert_with(|| Known {
            owner: None,
            alive: watch::Sender::new(()),
        });
        (entry.owner.clone(), entry.alive.subscribe())
    }

    async fn ask(&self, name: &UniqueName<'_>) -> Result<Owner, Unknown> {
        let uid = self
            .bus
            .get_connection_unix_user(name.into())
            .await
            .inspect_err(|cause| tracing::debug!(%cause, "a caller cannot be identified"));
        let Ok(uid) = uid else {
            // It may have ended before it was watched.
            self.lock().remove(name.as_str());
            return Err(Unknown::Gone);
        };
        users::by_uid(Uid(uid))
            .await
            .map_err(|not_found| match not_found {
                NotFound::NoSuchUser => Unknown::NoUser(Uid(uid)),
                NotFound::NoAnswer => Unknown::NoAnswer,
            })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
