//! All connections, and the choice of one to close when there are too many.
//!
//! May touch: the tasks of the connections. Must never close one with a request in progress.

use std::collections::HashMap;
use std::rc::Rc;

use tokio::net::UnixStream;
use tokio::task::{self, AbortHandle, JoinError, JoinSet};
use tokio::time::Instant;
use tracing::error;

use super::activity::Activity;
use super::buffers::{Buffers, MAX_BUFFERED_BYTES};
use super::connection;
use super::peer::Peer;
use crate::keys::Keys;
use crate::origin::Origin;

/// All connections.
pub(super) struct Connections {
    limit: usize,
    buffers: Rc<Buffers>,
    tasks: JoinSet<()>,
    known: HashMap<task::Id, (Rc<Activity>, AbortHandle)>,
}

impl Connections {
    /// No connections yet. There will be at most `limit`.
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            buffers: Buffers::new(MAX_BUFFERED_BYTES),
            tasks: JoinSet::new(),
            known: HashMap::new(),
        }
    }

    /// Serves `stream`, at whose other end is `peer`, in its own task.
    pub(super) fn add<K: Keys + 'static>(&mut self, stream: UnixStream, peer: Peer, keys: Rc<K>) {
        let activity = Rc::new(Activity::new(peer));
        let buffer = self.buffers.add(Rc::clone(&activity));
        let connection = connection::run(stream, buffer, Rc::clone(&activity), keys);
        let task = self.tasks.spawn_local(connection);
        self.known.insert(task.id(), (activity, task));
    }

    /// Whether there is no room for another connection.
    pub(super) fn is_full(&self) -> bool {
        self.tasks.len() >= self.limit
    }

    /// Closes one connection, and waits until it has ended. Returns `false` if none could be
    /// closed.
    ///
    /// Spares local connections of root unless all connections are taken: sshd holds one for each
    /// session, and the session ends with it.
    pub(super) async fn close_one(&mut self) -> bool {
        let is_full = self.is_full();
        let known = self.known.iter();
        let known = known.filter(|(_, (activity, _))| is_full || !activity.is_of_local_root());
        let idle = known.filter_map(|(id, (activity, _))| Some((rank(activity)?, *id)));
        let Some((_, id)) = idle.min_by_key(|(rank, _)| *rank) else {
            return false;
        };
        if let Some((_, task)) = self.known.remove(&id) {
            task.abort();
        }
        self.ended().await;
        true
    }

    /// Waits until a connection ends. Returns `None` at once if there is none.
    pub(super) async fn ended(&mut self) -> Option<()> {
        match self.tasks.join_next_with_id().await? {
            Ok((id, ())) => self.forget(id),
            Err(failed) => self.fail(&failed),
        }
        Some(())
    }

    fn fail(&mut self, failed: &JoinError) {
        if failed.is_panic() {
            error!("an error in sshtpm-agent ended a connection; please report it");
        }
        self.forget(failed.id());
    }

    fn forget(&mut self, id: task::Id) {
        self.known.remove(&id);
    }
}

/// The connection with the lowest rank is closed first: forwarded ones, then the one that has
/// been idle longest. `None` while a request is in progress.
fn rank(activity: &Activity) -> Option<(bool, Instant)> {
    let is_local = activity.origin() == Origin::Local;
    Some((is_local, activity.idle_since()?))
}

#[cfg(test)]
mod tests {
    use super::{Connections, Peer};
    use crate::protocol::fake_keys::FakeKeys;
    use std::rc::Rc;
    use tokio::net::UnixStream;
    use tokio::task::LocalSet;

    fn add(connections: &mut Connections, peer: Peer) -> UnixStream {
        let (client, ours) = UnixStream::pair().unwrap();
        connections.add(ours, peer, Rc::new(FakeKeys::untouchable()));
        client
    }

    #[tokio::test]
    async fn roots_connections_are_spared_while_there_is_room() {
        let local = LocalSet::new();
        let test = async {
            let mut connections = Connections::new(3);
            let _root = add(&mut connections, Peer::Root);
            assert!(!connections.close_one().await);
            let _user = add(&mut connections, Peer::User);
            assert!(connections.close_one().await);
            assert!(!connections.close_one().await);
            let _others = [Peer::Root, Peer::Root].map(|peer| add(&mut connections, peer));
            assert!(connections.is_full());
            assert!(connections.close_one().await);
        };
        local.run_until(test).await;
    }
}
