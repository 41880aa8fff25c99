//! Serves one connection: reads its messages and sends the answers, one after the other.
//!
//! May touch: its own socket. Once a message is begun, must never wait for the peer without a
//! bound. Must never log the content of a message.

use std::io;
use std::rc::Rc;
use std::time::Duration;

use sshtpm_ssh::frame::{BadLength, frame};
use tokio::net::UnixStream;
use tokio::task::yield_now;
use tokio::time::{Instant, timeout, timeout_at};
use tracing::debug;
use zeroize::Zeroizing;

use super::activity::Activity;
use super::buffers::Buffer;
use super::requests::Requests;
use super::shared::Shared;
use crate::hang_up::{hung_up, send_all};
use crate::keys::Keys;
use crate::peer::Peer;
use crate::protocol::client::Client;
use crate::protocol::{Bindings, answer};
use crate::standing::Standing;

/// How long the rest of a message may take after its first byte, and how long a client may take
/// to fetch an answer. Both ends are on the same machine; half a minute suffices for a client
/// that is suspended or swapped out for a moment.
const MAX_TRANSFER: Duration = Duration::from_secs(30);

/// Most bytes of one read: `AGENT_RBUF_LEN` of OpenSSH's `ssh-agent.c`.
const READ_BYTES: usize = 4096;

/// Why the agent closed a connection.
#[derive(Debug, thiserror::Error)]
enum Ended {
    #[error(transparent)]
    Length(#[from] BadLength),
    #[error("the client hung up in the middle of a message")]
    Truncated,
    #[error("the client hung up while its request was in progress")]
    HungUp,
    #[error("the client took longer than {} s to send or fetch a message", MAX_TRANSFER.as_secs())]
    Slow,
    #[error("unfinished messages filled the memory for them, and this client had sent the most")]
    Crowded,
    #[error("other requests and answers filled the memory for them; try again when they are done")]
    Full,
    #[error("the client failed too often to bind it to an SSH session")]
    Bindings,
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// One client of the agent.
pub(super) struct Connection {
    stream: UnixStream,
    buffer: Buffer,
    requests: Rc<Requests>,
    activity: Rc<Activity>,
    client: Client,
}

impl Connection {
    /// The client at the other end of `stream`, which is `peer`.
    pub(super) fn new(stream: UnixStream, peer: Peer, shared: &Shared) -> Self {
        let standing = Standing::new(Rc::clone(&shared.spared));
        let activity = Rc::new(Activity::new(peer, Rc::clone(&standing)));
        Self {
            client: Client::of(
                &stream,
                Bindings::new(Rc::clone(&shared.verifier), standing),
                Rc::clone(&shared.agents),
                Rc::clone(&shared.hidden),
            ),
            stream,
            buffer: shared.buffers.add(Rc::clone(&activity)),
            requests: Rc::clone(&shared.requests),
            activity,
        }
    }

    /// What it is doing.
    pub(super) fn activity(&self) -> Rc<Activity> {
        Rc::clone(&self.activity)
    }

    /// Serves the client until it hangs up, or until it sends an invalid length: the beginning of
    /// the next message is unknown then.
    pub(super) async fn run<K: Keys>(mut self, keys: Rc<K>) {
        if let Err(ended) = self.serve(&*keys).await {
            debug!("closed a connection: {ended}");
        }
    }

    async fn serve<K: Keys>(&mut self, keys: &K) -> Result<(), Ended> {
        while let Some(message) = self.receive().await? {
            // A failure would not do as an answer: a connection that is not bound counts as local.
            let request = self.requests.begin(message, self.activity.origin());
            let request = request.ok_or(Ended::Full)?;
            self.activity.begin();
            let reply = self.answer(request.message(), keys).await?;
            let reply = request.answered(reply).ok_or(Ended::Full)?;
            self.activity.end(self.client.origin());
            self.send(reply.message()).await?;
            if self.client.failed_too_often() {
                return Err(Ended::Bindings);
            }
            // The one thread serves other clients before further messages of this one.
            yield_now().await;
        }
        Ok(())
    }

    /// Answers `message`, and drops the request if the client hangs up before the answer.
    async fn answer<K: Keys>(&mut self, message: &[u8], keys: &K) -> Result<Vec<u8>, Ended> {
        tokio::select! {
            // Most answers are ready at once and need no watching.
            biased;
            reply = answer(message, &mut self.client, keys) => Ok(reply),
            () = hung_up(&self.stream) => Err(Ended::HungUp),
        }
    }

    /// The next message. `None` if the client hung up between two messages.
    async fn receive(&mut self) -> Result<Option<Zeroizing<Vec<u8>>>, Ended> {
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

    /// Reads to the stack, so that a connection that waits keeps no room for bytes.
    fn read_available(&self) -> io::Result<usize> {
        let mut chunk = Zeroizing::new([0; READ_BYTES]);
        let count = self.stream.try_read(chunk.as_mut_slice())?;
        self.buffer.push(chunk.get(..count).unwrap_or_default());
        Ok(count)
    }

    async fn send(&mut self, reply: &[u8]) -> Result<(), Ended> {
        let Some(frame) = frame(reply) else {
            return Err(io::Error::from(io::ErrorKind::InvalidData).into());
        };
        let sent = timeout(MAX_TRANSFER, send_all(&self.stream, &frame)).await;
        sent.map_err(|_| Ended::Slow)??;
        self.activity.note();
        Ok(())
    }
}

#[cfg(test)]
#[path = "connection_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "hang_up_tests.rs"]
mod hang_up_tests;
