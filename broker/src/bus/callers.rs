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

use super::users;
use crate::core::identity::{Owner, Uid};

/// The callers that were asked about.
#[derive(Clone, Debug)]
pub(super) struct Callers {
    bus: DBusProxy<'static>,
    known: Arc<Mutex<HashMap<String, Known>>>,
}

#[derive(Debug)]
struct Known {
    owner: Owner,
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

/// Why nobody can say who is calling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unknown {
    /// The connection ended before we asked.
    Gone,
    /// The uid has no name in the user database.
    NoUser(Uid),
}

/// Connections remembered at most: those with a request under way, which other limits bound, and
/// as many idle ones as there are agents on a large machine.
const MOST_KNOWN: usize = 1024;

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
        if let Some(known) = self.lock().get(name.as_str()) {
            return Ok(known.connection());
        }
        let uid = self
            .bus
            .get_connection_unix_user(name.into())
            .await
            .inspect_err(|cause| tracing::debug!(%cause, "a caller cannot be identified"))
            .map_err(|_| Unknown::Gone)?;
        let owner = users::by_uid(Uid(uid))
            .await
            .ok_or(Unknown::NoUser(Uid(uid)))?;
        Ok(self.remember(name.as_str(), owner))
    }

    fn remember(&self, name: &str, owner: Owner) -> Connection {
        let mut known = self.lock();
        if known.len() >= MOST_KNOWN {
            known.retain(|_, one| one.alive.receiver_count() > 0);
        }
        let fresh = Known {
            owner,
            alive: watch::Sender::new(()),
        };
        known.entry(name.to_owned()).or_insert(fresh).connection()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn connection(&self) -> Connection {
        Connection {
            owner: self.owner.clone(),
            alive: self.alive.subscribe(),
        }
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
