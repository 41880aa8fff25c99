//! The connections that there are, and which one goes when there are too many.
//!
//! May touch: the tasks of its connections. Must never close one that has a request in progress.

use std::collections::HashMap;
use std::rc::Rc;

use tokio::net::UnixStream;
use tokio::task::{self, AbortHandle, JoinError, JoinSet};
use tracing::error;

use super::connection::{self, Activity};
use super::keys::Keys;

/// Most connections at the same time. With those to the bus and the listening socket it stays well
/// below 1024, the usual soft limit of open files.
pub(super) const MAX_CONNECTIONS: usize = 512;

/// All connections.
pub(super) struct Connections {
    limit: usize,
    tasks: JoinSet<()>,
    known: HashMap<task::Id, (Rc<Activity>, AbortHandle)>,
}

impl Connections {
    /// None yet, and never more than `limit`.
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            tasks: JoinSet::new(),
            known: HashMap::new(),
        }
    }

    /// Serves `stream` in a task of its own.
    pub(super) fn add<K: Keys + 'static>(&mut self, stream: UnixStream, keys: Rc<K>) {
        let activity = Rc::new(Activity::new());
        let connection = connection::run(stream, Rc::clone(&activity), keys);
        let task = self.tasks.spawn_local(connection);
        self.known.insert(task.id(), (activity, task));
    }

    /// Whether another one would be too many.
    pub(super) fn is_full(&self) -> bool {
        self.tasks.len() >= self.limit
    }

    /// Closes the connection that has been idle longest and waits until its socket is closed.
    /// Returns whether there was one.
    pub(super) async fn close_idlest(&mut self) -> bool {
        let idle = self.known.iter();
        let idle = idle.filter_map(|(id, (activity, _))| Some((activity.idle_since()?, *id)));
        let Some((_, id)) = idle.min_by_key(|(since, _)| *since) else {
            return false;
        };
        if let Some((_, task)) = self.known.remove(&id) {
            task.abort();
        }
        self.ended().await;
        true
    }

    /// Waits until one connection ended; at once if there is none.
    pub(super) async fn ended(&mut self) -> Option<()> {
        match self.tasks.join_next_with_id().await? {
            Ok((id, ())) => self.forget(id),
            Err(failed) => self.fail(&failed),
        }
        Some(())
    }

    fn fail(&mut self, failed: &JoinError) {
        if failed.is_panic() {
            error!("a connection ended by an error in sshtpm-agent; please report it");
        }
        self.forget(failed.id());
    }

    fn forget(&mut self, id: task::Id) {
        self.known.remove(&id);
    }
}
