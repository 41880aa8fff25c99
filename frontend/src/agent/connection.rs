//! One connection: its messages, one after the other.
//!
//! May touch: its own socket. Must never wait for its peer without a bound once a message is
//! begun, and never log what a message contains.

use std::cell::Cell;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;
use tokio::time::{Instant, timeout, timeout_at};
use tracing::debug;

use super::keys::Keys;
use super::protocol::{BadLength, Bindings, Incoming, answer, frame};

/// How long the rest of a message may take once its first byte is there, and how long a client
/// may take to fetch an answer. Both ends are on the same machine; half a minute is for one that
/// is suspended or swapped out for a moment.
const MAX_TRANSFER: Duration = Duration::from_secs(30);

/// Most bytes that are read at once: `AGENT_RBUF_LEN` of OpenSSH's `ssh-agent.c`.
const READ_BYTES: usize = 4096;

/// What a connection is doing, for whoever has to choose one to close.
#[derive(Debug)]
pub(super) struct Activity {
    last: Cell<Instant>,
    is_answering: Cell<bool>,
}

impl Activity {
    /// That of a connection which was just made.
    pub(super) fn new() -> Self {
        Self {
            last: Cell::new(Instant::now()),
            is_answering: Cell::new(false),
        }
    }

    /// Since when nothing came in or went out; `None` while a request is in progress.
    pub(super) fn idle_since(&self) -> Option<Instant> {
        (!self.is_answering.get()).then(|| self.last.get())
    }

    fn note(&self) {
        self.last.set(Instant::now());
    }
}

/// Why a connection was closed, other than by its client between two messages.
#[derive(Debug, thiserror::Error)]
enum Ended {
    #[error(transparent)]
    Length(#[from] BadLength),
    #[error("the client disappeared in the middle of a message")]
    Truncated,
    #[error("the client took longer than {} s over a message", MAX_TRANSFER.as_secs())]
    Slow,
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Serves `stream` until its client is gone, or sends what cannot be a frame: after that, nobody
/// knows where the next one begins.
pub(super) async fn run<K: Keys>(stream: UnixStream, activity: Rc<Activity>, keys: Rc<K>) {
    let mut connection = Connection {
        stream,
        activity,
        incoming: Incoming::default(),
        bindings: Bindings::default(),
    };
    if let Err(ended) = connection.serve(&*keys).await {
        debug!("closed a connection: {ended}");
    }
}

struct Connection {
    stream: UnixStream,
    activity: Rc<Activity>,
    incoming: Incoming,
    bindings: Bindings,
}

impl Connection {
    async fn serve<K: Keys>(&mut self, keys: &K) -> Result<(), Ended> {
        while let Some(message) = self.receive().await? {
            self.activity.is_answering.set(true);
            let reply = answer(&message, &mut self.bindings, keys).await;
            drop(message);
            self.activity.note();
            self.activity.is_answering.set(false);
            self.send(&reply).await?;
        }
        Ok(())
    }

    /// The next message; `None` once the client is gone.
    async fn receive(&mut self) -> Result<Option<Vec<u8>>, Ended> {
        let mut deadline = None;
        loop {
            if let Some(message) = self.incoming.next_message()? {
                return Ok(Some(message));
            }
            let is_begun = !self.incoming.is_empty();
            let count = if is_begun {
                let deadline = *deadline.get_or_insert_with(|| Instant::now() + MAX_TRANSFER);
                let read = timeout_at(deadline, self.read()).await;
                read.map_err(|_| Ended::Slow)??
            } else {
                self.read().await?
            };
            match count {
                0 if is_begun => return Err(Ended::Truncated),
                0 => return Ok(None),
                _ => self.activity.note(),
            }
        }
    }

    async fn read(&mut self) -> io::Result<usize> {
        loop {
            self.stream.readable().await?;
            match self.read_available() {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                read => return read,
            }
        }
    }

    /// The buffer is on the stack and not kept while waiting: most connections wait.
    fn read_available(&mut self) -> io::Result<usize> {
        let mut chunk = [0; READ_BYTES];
        let count = self.stream.try_read(&mut chunk)?;
        self.incoming.push(chunk.get(..count).unwrap_or_default());
        Ok(count)
    }

    async fn send(&mut self, reply: &[u8]) -> Result<(), Ended> {
        let Some(frame) = frame(reply) else {
            return Err(io::Error::from(io::ErrorKind::InvalidData).into());
        };
        let sent = timeout(MAX_TRANSFER, self.stream.write_all(&frame)).await;
        sent.map_err(|_| Ended::Slow)??;
        self.activity.note();
        Ok(())
    }
}

#[cfg(test)]
#[path = "connection_tests.rs"]
mod tests;
