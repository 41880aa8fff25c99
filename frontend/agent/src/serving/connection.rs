//! One connection: its messages, one after the other.
//!
//! May touch: its own socket. Must never wait for its peer without a bound once a message is
//! begun, and never log what a message contains.

use std::io;
use std::rc::Rc;
use std::time::Duration;

use sshtpm_ssh::frame::{BadLength, frame};
use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;
use tokio::task::yield_now;
use tokio::time::{Instant, timeout, timeout_at};
use tracing::debug;

use super::activity::Activity;
use super::buffers::Buffer;
use crate::asker::ClientName;
use crate::hang_up::hung_up;
use crate::keys::Keys;
use crate::protocol::{Bindings, answer};

/// How long the rest of a message may take once its first byte is there, and how long a client
/// may take to fetch an answer. Both ends are on the same machine; half a minute is for one that
/// is suspended or swapped out for a moment.
const MAX_TRANSFER: Duration = Duration::from_secs(30);

/// Most bytes that are read at once: `AGENT_RBUF_LEN` of OpenSSH's `ssh-agent.c`.
const READ_BYTES: usize = 4096;

/// Why a connection was closed, other than by its client between two messages.
#[derive(Debug, thiserror::Error)]
enum Ended {
    #[error(transparent)]
    Length(#[from] BadLength),
    #[error("the client disappeared in the middle of a message")]
    Truncated,
    #[error("the client disappeared while its request was in progress")]
    HungUp,
    #[error("the client took longer than {} s to send or fetch a message", MAX_TRANSFER.as_secs())]
    Slow,
    #[error("unfinished messages filled the memory for them, and this client had sent the most")]
    Crowded,
    #[error("the client failed too often to bind it to an SSH session")]
    Bindings,
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Serves `stream` until its client is gone, or sends what cannot be a frame: after that, nobody
/// knows where the next one begins.
pub(super) async fn run<K: Keys>(
    stream: UnixStream,
    buffer: Buffer,
    activity: Rc<Activity>,
    keys: Rc<K>,
) {
    let mut connection = Connection {
        client: ClientName::of(&stream),
        stream,
        buffer,
        activity,
        bindings: Bindings::default(),
    };
    if let Err(ended) = connection.serve(&*keys).await {
        debug!("closed a connection: {ended}");
    }
}

struct Connection {
    stream: UnixStream,
    buffer: Buffer,
    activity: Rc<Activity>,
    bindings: Bindings,
    client: Option<ClientName>,
}

impl Connection {
    async fn serve<K: Keys>(&mut self, keys: &K) -> Result<(), Ended> {
        while let Some(message) = self.receive().await? {
            self.activity.begin();
            let reply = self.answer(&message, keys).await?;
            drop(message);
            self.activity.end(self.bindings.origin());
            self.send(&reply).await?;
            if self.bindings.failed_too_often() {
                return Err(Ended::Bindings);
            }
            // There is one thread, and a client may have sent many messages at once.
            yield_now().await;
        }
        Ok(())
    }

    /// What the client asked for is dropped if it hangs up meanwhile.
    async fn answer<K: Keys>(&mut self, message: &[u8], keys: &K) -> Result<Vec<u8>, Ended> {
        tokio::select! {
            // Most answers are there at once, and then nothing has to be watched.
            biased;
            reply = answer(message, &mut self.bindings, self.client.as_ref(), keys) => Ok(reply),
            () = hung_up(&self.stream) => Err(Ended::HungUp),
        }
    }

    /// The next message; `None` once the client is gone.
    async fn receive(&mut self) -> Result<Option<Vec<u8>>, Ended> {
        let mut deadline = None;
        loop {
            if let Some(message) = self.buffer.next_message()? {
                return Ok(Some(message));
            }
            let is_begun = !self.buffer.is_empty();
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

    async fn read(&self) -> Result<usize, Ended> {
        loop {
            tokio::select! {
                biased;
                () = self.buffer.closed() => return Err(Ended::Crowded),
                ready = self.stream.readable() => ready?,
            }
            match self.read_available() {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                read => return Ok(read?),
            }
        }
    }

    /// The bytes are on the stack and not kept while waiting: most connections wait.
    fn read_available(&self) -> io::Result<usize> {
        let mut chunk = [0; READ_BYTES];
        let count = self.stream.try_read(&mut chunk)?;
        self.buffer.push(chunk.get(..count).unwrap_or_default());
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
