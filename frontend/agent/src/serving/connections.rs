//! All connections, and the choice of one to close when there are too many.
//!
//! May touch: the tasks of the connections. Must never close one with a request in progress.

use std::collections::HashMap;
use std::rc::Rc;

use tokio::net::UnixStream;
use tokio::sync::Notify;
use tokio::task::{self, AbortHandle, JoinError, JoinSet};
use tokio::time::Instant;
use tracing::error;

use super::activity::Activity;
use super::connection::Connection;
use super::shared::Shared;
use crate::behind::agents::Agents;
use crate::keys::Keys;
use crate::origin::Origin;
use crate::peer::Peer;
use crate::throttle::Throttle;

/// All connections.
pub(super) struct Connections {
    limit: usize,
    shared: Shared,
    tasks: JoinSet<()>,
    known: HashMap<task::Id, (Rc<Activity>, AbortHandle)>,
    failed: Throttle<()>,
}

impl Connections {
    /// No connections yet. There will be at most `limit`, in front of `agents`.
    pub(super) fn new(limit: usize, agents: Rc<Agents>) -> Self {
        Self {
            limit,
            shared: Shared::new(agents),
            tasks: JoinSet::new(),
            known: HashMap::new(),
            failed: Throttle::default(),
        }
    }

    /// Serves `stream`, at whose other end is `peer`, in its own task.
    pub(super) fn add<K: Keys + 'static>(&mut self, stream: UnixStream, peer: Peer, keys: Rc<K>) {
        let connection = Connection::new(stream, peer, &self.shared);
        let activity = connection.activity();
        let task = self.tasks.spawn_local(connection.run(keys));
        self.known.insert(task.id(), (activity, task));
    }

    /// Whether there is no room for another connection.
    pub(super) fn is_full(&self) -> bool {
        self.tasks.len() >= self.limit
    }

    /// Is woken when a connection may have become one that can be closed.
    pub(super) fn spared(&self) -> Rc<Notify> {
        Rc::clone(&self.shared.spared)
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
        if failed.is_panic()
            && let Some(suppressed) = self.failed.passes(())
        {
            error!("an error in sshtpm-agent ended a connection; please report it{suppressed}");
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
    use super::{Agents, Connections, Peer};
    use crate::origin::Origin;
    use crate::protocol::fake_bindings::bind;
    use crate::protocol::fake_keys::FakeKeys;
    use std::rc::Rc;
    use tokio::io::AsyncWriteExt;
    use tokio::net::UnixStream;
    use tokio::task::{LocalSet, yield_now};

    /// Turns of the runtime, which looks for events at each turn.
    const TURNS: usize = 200;

    fn add(connections: &mut Connections, peer: Peer) -> UnixStream {
        let (client, ours) = UnixStream::pair().unwrap();
        connections.add(ours, peer, Rc::new(FakeKeys::untouchable()));
        client
    }

    /// Whether a connection can be closed while its session is verified.
    async fn is_spared_while_verified(is_forwarding: bool) -> bool {
        let mut connections = Connections::new(1, Rc::new(Agents::none()));
        let verifier = Rc::clone(&connections.shared.verifier);
        let _verifying = [Origin::Local, Origin::Forwarded].map(|origin| verifier.occupy(origin));
        let mut client = add(&mut connections, Peer::User);
        client.write_all(&bind(1, is_forwarding)).await.unwrap();
        for _ in 0..TURNS {
            yield_now().await;
        }
        connections.close_one().await
    }

    #[tokio::test]
    async fn only_a_forwarded_connection_is_closed_while_it_is_verified() {
        let local = LocalSet::new();
        let test = async {
            assert!(is_spared_while_verified(true).await);
            assert!(!is_spared_while_verified(false).await);
        };
        local.run_until(test).await;
    }

    #[tokio::test]
    async fn roots_connections_are_spared_while_there_is_room() {
        let local = LocalSet::new();
        let test = async {
            let mut connections = Connections::new(3, Rc::new(Agents::none()));
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
