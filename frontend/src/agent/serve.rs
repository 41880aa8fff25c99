//! The accept loop.
//!
//! May touch: the listening socket. Must never end, or spin, because of what clients do or because
//! files run out.

use std::io;
use std::rc::Rc;
use std::time::Duration;

use nix::errno::Errno;
use nix::unistd::{Uid, geteuid};
use tokio::net::{UnixListener, UnixStream};
use tracing::{debug, warn};

use super::connections::Connections;
use super::keys::Keys;
use super::throttle::Throttle;

/// Rest after a failed accept that closing a connection cannot mend.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves `listener` until `stop` is ready. Never has more than `limit` connections: then the one
/// that has been idle longest is closed for a new one.
pub(super) async fn serve<K: Keys + 'static>(
    listener: UnixListener,
    limit: usize,
    keys: K,
    stop: impl Future<Output = ()>,
) {
    let mut server = Server {
        connections: Connections::new(limit),
        keys: Rc::new(keys),
        full: Throttle::default(),
        failed: Throttle::default(),
    };
    tokio::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => return,
            Some(()) = server.connections.ended() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => server.admit(stream).await,
                Err(error) => server.recover(error).await,
            }
        }
    }
}

struct Server<K> {
    connections: Connections,
    keys: Rc<K>,
    full: Throttle,
    failed: Throttle,
}

impl<K: Keys + 'static> Server<K> {
    async fn admit(&mut self, stream: UnixStream) {
        if !is_welcome(&stream) {
            debug!("closed a connection of another user");
            return;
        }
        while self.connections.is_full() {
            if self.full.passes() {
                warn!("too many connections; closing those that have been idle longest");
            }
            if !self.connections.close_idlest().await {
                return;
            }
        }
        self.connections.add(stream, Rc::clone(&self.keys));
    }

    async fn recover(&mut self, error: io::Error) {
        if self.failed.passes() {
            warn!("cannot accept a connection: {error}");
        }
        let is_ours = error.raw_os_error() == Some(Errno::EMFILE as i32);
        if !(is_ours && self.connections.close_idlest().await) {
            tokio::time::sleep(ACCEPT_PAUSE).await;
        }
    }
}

/// The mode of the socket keeps others out already; this holds for one that was made by somebody
/// else and handed over, too.
fn is_welcome(stream: &UnixStream) -> bool {
    stream.peer_cred().is_ok_and(|peer| {
        let uid = Uid::from_raw(peer.uid());
        uid == geteuid() || uid.is_root()
    })
}

#[cfg(test)]
#[path = "serve_tests.rs"]
mod tests;
