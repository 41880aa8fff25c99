//! The half through which messages come in.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use zbus::connection::socket::ReadHalf;
use zbus::export::async_trait::async_trait;
use zbus::fdo::ConnectionCredentials;
use zbus::message::Message;

use super::arrivals::Counted;
use super::incoming::Incoming;
use super::keeper::Keeper;
use super::start::{Rest, START_BYTES, Start};
use super::waiting::Waiting;

/// Most bytes before the first message: authentication takes some 200.
const MOST_HANDSHAKE_BYTES: usize = 16 * 1024;

/// Reads messages, and hands on those that the keeper lets in.
#[derive(Debug)]
pub(in crate::bus) struct Reader<K> {
    stream: Stream,
    keeper: Arc<K>,
    waiting: Waiting<K>,
    handshake_bytes: usize,
}

impl<K: Keeper> Reader<K> {
    pub(super) fn new(stream: Counted, keeper: Arc<K>) -> Self {
        Self {
            stream: Stream(BufReader::with_capacity(BUFFER_BYTES, stream)),
            waiting: Waiting::new(Arc::clone(&keeper)),
            keeper,
            handshake_bytes: 0,
        }
    }
}

/// What is read at once: most calls have less, so that one read is enough for them.
const BUFFER_BYTES: usize = 4096;

#[async_trait]
impl<K: Keeper> ReadHalf for Reader<K> {
    async fn receive_message(
        &mut self,
        seq: u64,
        received: &mut Vec<u8>,
        fds: &mut Vec<OwnedFd>,
    ) -> zbus::Result<Message> {
        // The kernel closed whatever descriptors came along: nothing takes them from the socket.
        fds.clear();
        loop {
            // zbus asks for the next message when each listener has the last one.
            if self.waiting.is_empty() {
                self.stream.hand_on_all_but(received);
            }
            tokio::select! {
                biased;
                incoming = self.waiting.next(), if !self.waiting.is_empty() => {
                    if let Some(incoming) = incoming {
                        return Ok(incoming.message);
                    }
                }
                begun = self.stream.begun(received), if self.waiting.has_room() => {
                    begun?;
                    if let Some(incoming) = self.stream.next(seq, received).await? {
                        self.waiting.add(incoming);
                    }
                }
            }
        }
    }

    /// Used during authentication alone.
    async fn recvmsg(&mut self, buffer: &mut [u8]) -> io::Result<(usize, Vec<OwnedFd>)> {
        let read = self.stream.0.read(buffer).await?;
        self.handshake_bytes = self.handshake_bytes.saturating_add(read);
        if self.handshake_bytes > MOST_HANDSHAKE_BYTES {
            return Err(io::ErrorKind::InvalidData.into());
        }
        Ok((read, Vec::new()))
    }

    fn can_pass_unix_fd(&self) -> bool {
        true
    }

    async fn peer_credentials(&mut self) -> io::Result<ConnectionCredentials> {
        let credentials = ConnectionCredentials::default();
        Ok(match self.keeper.peer() {
            Some(uid) => credentials.set_unix_user_id(uid),
            None => credentials,
        })
    }
}

/// The bytes themselves. zbus reads a message of known length from it.
#[derive(Debug)]
struct Stream(BufReader<Counted>);

#[async_trait]
impl ReadHalf for Stream {
    async fn recvmsg(&mut self, buffer: &mut [u8]) -> io::Result<(usize, Vec<OwnedFd>)> {
        Ok((self.0.read(buffer).await?, Vec::new()))
    }
}

impl Stream {
    /// All that was read is handed on, but for `received` and what is still in the buffer.
    fn hand_on_all_but(&self, received: &[u8]) {
        let rest = self.0.buffer().len().saturating_add(received.len());
        self.0.get_ref().hand_on_all_but(rest);
    }

    /// Returns when a message has begun, or the stream has ended. May be dropped: it takes nothing.
    async fn begun(&mut self, received: &[u8]) -> io::Result<()> {
        match received {
            [] => self.0.fill_buf().await.map(drop),
            _ => Ok(()),
        }
    }

    /// The next message. `received` are bytes that authentication already read. `None`: its header
    /// is too long, and it was thrown away.
    async fn next(&mut self, seq: u64, received: &mut Vec<u8>) -> zbus::Result<Option<Incoming>> {
        let mut bytes = [0; START_BYTES];
        self.fill(&mut bytes, received).await?;
        let (start, wants_answer) = Start::parse(bytes)?.with_answer();
        let body_bytes = start.body_bytes();
        let rest = start.rest();
        let message = match rest {
            Rest::Take => {
                received.splice(0..0, *start.bytes());
                self.receive_message(seq, received, &mut Vec::new()).await?
            }
            Rest::CutBody(field_bytes) => {
                let mut whole = start.without_body().bytes().to_vec();
                whole.resize(START_BYTES + field_bytes, 0);
                if let Some(fields) = whole.get_mut(START_BYTES..) {
                    self.fill(fields, received).await?;
                }
                self.skip(body_bytes, received).await?;
                self.receive_message(seq, &mut whole, &mut Vec::new())
                    .await?
            }
            Rest::Skip => {
                self.skip(start.field_bytes(), received).await?;
                self.skip(body_bytes, received).await?;
                return Ok(None);
            }
        };
        Ok(Some(Incoming {
            message,
            body_bytes,
            was_cut: rest != Rest::Take,
            wants_answer,
        }))
    }

    /// Fills `bytes`, from `received` first.
    async fn fill(&mut self, bytes: &mut [u8], received: &mut Vec<u8>) -> io::Result<()> {
        let there = received.len().min(bytes.len());
        let (first, rest) = bytes.split_at_mut(there);
        for (to, from) in first.iter_mut().zip(received.drain(..there)) {
            *to = from;
        }
        self.0.read_exact(rest).await.map(drop)
    }

    /// Throws `count` bytes away.
    async fn skip(&mut self, count: usize, received: &mut Vec<u8>) -> io::Result<()> {
        let mut scratch = [0; BUFFER_BYTES];
        let mut left = count;
        while left > 0 {
            let part = left.min(BUFFER_BYTES);
            if let Some(part) = scratch.get_mut(..part) {
                self.fill(part, received).await?;
            }
            left -= part;
        }
        Ok(())
    }
}
