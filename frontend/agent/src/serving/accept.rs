//! The accept loop.
//!
//! May touch: the listening socket. Must never end, or spin, because of what clients do or because
//! files run out.

use std::io;
use std::rc::Rc;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::socket::{setsockopt, sockopt};
use tokio::net::{UnixListener, UnixStream};
use tracing::{debug, warn};

use super::connections::Connections;
use crate::behind::agents::Agents;
use crate::keys::Keys;
use crate::peer::Peer;
use crate::throttle::Throttle;

/// Pause after a failed accept if closing a connection cannot help.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Size of the kernel's buffer for answers that a client has not fetched, in bytes. The kernel
/// doubles it (socket(7)). The buffer counts as memory of the agent; the default would be 200 KiB
/// for each client that fetches nothing.
const SEND_BUFFER_BYTES: usize = 16 * 1024;

/// Serves `listener` until `stop` is ready. Never has more than `limit` connections: a further one
/// closes a forwarded connection, or else the one that has been idle longest. If all have a request
/// in progress, it waits in the kernel until one of these is answered.
pub(crate) async fn serve<K: Keys + 'static>(
    listener: UnixListener,
    limit: usize,
    keys: Rc<K>,
    agents: Rc<Agents>,
    stop: impl Future<Output = ()>,
) {
    let mut server = Server {
        connections: Connections::new(limit, agents),
        keys,
        full: Throttle::default(),
        failed: Throttle::default(),
    };
    let spared = server.connections.spared();
    tokio::pin!(stop);
    // The client that waits for room. Those after it wait in the kernel.
    let mut next = None;
    loop {
        tokio::select! {
            () = &mut stop => return,
            Some(()) = server.connections.ended() => {}
            () = spared.notified(), if next.is_some() => {}
            accepted = listener.accept(), if next.is_none() => match accepted {
                Ok((stream, _)) => next = identified(stream),
                Err(error) => server.recover(error).await,
            }
        }
        if let Some((stream, peer)) = next.take() {
            next = server.admit(stream, peer).await;
        }
    }
}

struct Server<K> {
    connections: Connections,
    keys: Rc<K>,
    full: Throttle<()>,
    failed: Throttle<Option<i32>>,
}

impl<K: Keys + 'static> Server<K> {
    /// Serves `stream`, or returns it if there is no room.
    async fn admit(&mut self, stream: UnixStream, peer: Peer) -> Option<(UnixStream, Peer)> {
        while self.connections.is_full() {
            if let Some(suppressed) = self.full.passes(()) {
                warn!("too many connections; closing idle connections{suppressed}");
            }
            if !self.connections.close_one().await {
                return Some((stream, peer));
            }
        }
        // If this fails, the buffer keeps its default size.
        let _ = setsockopt(&stream, sockopt::SndBuf, &SEND_BUFFER_BYTES);
        self.connections.add(stream, peer, Rc::clone(&self.keys));
        None
    }

    async fn recover(&mut self, error: io::Error) {
        if let Some(suppressed) = self.failed.passes(error.raw_os_error()) {
            warn!("cannot accept a connection: {error}{suppressed}");
        }
        let is_ours = error.raw_os_error() == Some(Errno::EMFILE as i32);
        if !(is_ours && self.connections.close_one().await) {
            tokio::time::sleep(ACCEPT_PAUSE).await;
        }
    }
}

/// `stream` with the user at its other end. `None` if that may not connect.
fn identified(stream: UnixStream) -> Option<(UnixStream, Peer)> {
    let Some(peer) = Peer::of(&stream) else {
        debug!("closed a connection of another user");
        return None;
    };
    Some((stream, peer))
}

#[cfg(test)]
#[path = "accept_tests.rs"]
mod tests;
