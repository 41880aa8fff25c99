//! One connection to an agent behind: sends a message and receives the answer, one after the other.
//!
//! Must never wait without a bound of the caller's, nor hold an answer beyond the frame's bound.

use std::os::fd::AsRawFd;

use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, recv, setsockopt, sockopt};
use sshtpm_ssh::frame::Incoming;
use sshtpm_ssh::session::Binding;
use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;

use super::passage::Passage;
use super::room::Room;
use super::trouble::Trouble;
use crate::origin::Origin;

/// Message numbers (RFC 9987).
const SUCCESS: u8 = 6;
const EXTENSION: u8 = 27;

/// Name of the extension that tells an agent of a session (OpenSSH `PROTOCOL.agent` §1).
const SESSION_BIND: &[u8] = b"session-bind@openssh.com";

/// Most bytes of one read, as for clients.
const READ_BYTES: usize = 4096;

/// Size of the kernel's buffer for a message that the agent has not read, in bytes, as for clients.
/// The kernel doubles it (socket(7)), and it counts as memory of this agent.
const SEND_BUFFER_BYTES: usize = 16 * 1024;

/// A connection to an agent behind, on which nothing is under way.
#[derive(Debug)]
pub(super) struct Link {
    stream: UnixStream,
    /// Sessions that the agent was told of.
    told: usize,
    /// Whether it accepted all of them.
    is_bound: bool,
}

impl Link {
    /// A link over `stream`, on which nothing was said yet.
    pub(super) fn new(stream: UnixStream) -> Self {
        // If this fails, the buffer keeps its default size.
        let _ = setsockopt(&stream, sockopt::SndBuf, &SEND_BUFFER_BYTES);
        Self {
            stream,
            told: 0,
            is_bound: true,
        }
    }

    /// Whether the agent neither hung up nor sent what nobody asked for.
    pub(super) fn is_usable(&self) -> bool {
        let flags = MsgFlags::MSG_PEEK | MsgFlags::MSG_DONTWAIT;
        let peeked = recv(self.stream.as_raw_fd(), &mut [0], flags);
        peeked == Err(Errno::EAGAIN)
    }

    /// Tells the agent of the sessions of `passage` that it has not been told of.
    ///
    /// # Errors
    ///
    /// The agent did not accept one, and the request is forwarded; or the connection breaks.
    pub(super) async fn bind(&mut self, passage: &Passage, room: &Room) -> Result<(), Trouble> {
        for session in passage.sessions.iter().skip(self.told) {
            // What follows a session that is missing says nothing.
            if !self.is_bound {
                break;
            }
            let answer = self
                .exchange(&message(session), passage.origin, room)
                .await?;
            self.told += 1;
            self.is_bound = answer == [SUCCESS];
        }
        if self.is_bound || passage.origin == Origin::Local {
            Ok(())
        } else {
            Err(Trouble::Unbound)
        }
    }

    /// Sends `message`, and returns the answer, of 1 to 262,144 bytes.
    ///
    /// # Errors
    ///
    /// The agent hangs up or sends a length that no message has, or answers fill their room.
    pub(super) async fn exchange(
        &mut self,
        message: &[u8],
        origin: Origin,
        room: &Room,
    ) -> Result<Vec<u8>, Trouble> {
        // Two writes rather than a copy, which would have to be wiped.
        let length = u32::try_from(message.len()).map_err(|_| Trouble::Malformed)?;
        self.stream.write_all(&length.to_be_bytes()).await?;
        self.stream.write_all(message).await?;
        self.receive(origin, room).await
    }

    async fn receive(&mut self, origin: Origin, room: &Room) -> Result<Vec<u8>, Trouble> {
        let mut incoming = Incoming::default();
        let mut part = room.part(origin);
        loop {
            self.stream.readable().await?;
            let mut chunk = [0; READ_BYTES];
            let count = match self.stream.try_read(&mut chunk) {
                Ok(0) => return Err(Trouble::HungUp),
                Ok(count) => count,
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => continue,
                Err(error) => return Err(error.into()),
            };
            incoming.push(chunk.get(..count).unwrap_or_default());
            part.grow_to(incoming.allocated())?;
            let answer = incoming.next_message().map_err(|_| Trouble::Malformed)?;
            if let Some(mut answer) = answer {
                // More than was asked for belongs to no question.
                let is_all = incoming.is_empty();
                let answer = is_all.then(|| std::mem::take(&mut *answer));
                return answer.ok_or(Trouble::Malformed);
            }
        }
    }
}

/// `session-bind@openssh.com` as the client sent it.
fn message(session: &Binding) -> Vec<u8> {
    let mut message = vec![EXTENSION];
    let fields = [
        SESSION_BIND,
        &session.host_key,
        &session.session_id,
        &session.signature,
    ];
    for field in fields {
        // Each field is bounded, so its length fits.
        let length = u32::try_from(field.len()).unwrap_or(u32::MAX);
        message.extend_from_slice(&length.to_be_bytes());
        message.extend_from_slice(field);
    }
    message.push(u8::from(session.is_forwarding));
    message
}
