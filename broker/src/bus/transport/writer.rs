//! The half through which messages go out.

use std::io::{self, IoSlice};
use std::os::fd::{AsFd as _, AsRawFd as _, BorrowedFd};
use std::sync::Arc;

use nix::sys::socket::{ControlMessage, MsgFlags, Shutdown, UnixAddr, sendmsg, shutdown};
use tokio::io::Interest;
use tokio::net::UnixStream;
use tokio::net::unix::OwnedWriteHalf;
use tokio::time::timeout;
use zbus::connection::socket::WriteHalf;
use zbus::export::async_trait::async_trait;
use zbus::message::Message;

use super::keeper::Keeper;

/// Writes messages that the keeper lets out, to a peer that reads.
#[derive(Debug)]
pub(in crate::bus) struct Writer<K> {
    stream: OwnedWriteHalf,
    keeper: Arc<K>,
    /// After that, the other end cannot tell where a message begins.
    is_broken: bool,
    /// A message is being written; still so at the next one if that was cut short.
    is_in_message: bool,
}

impl<K: Keeper> Writer<K> {
    pub(super) fn new(stream: OwnedWriteHalf, keeper: Arc<K>) -> Self {
        Self {
            stream,
            keeper,
            is_broken: false,
            is_in_message: false,
        }
    }

    async fn write(&mut self, message: &Message) -> io::Result<()> {
        let data = message.data();
        let descriptors: Vec<BorrowedFd<'_>> = data.fds().iter().map(|fd| fd.as_fd()).collect();
        let mut written = 0;
        while let Some(rest) = data.get(written..).filter(|rest| !rest.is_empty()) {
            let descriptors = if written == 0 { &*descriptors } else { &[] };
            written += self.sendmsg(rest, descriptors).await?;
        }
        Ok(())
    }

    /// Ends the connection at once, for both halves and whatever else has a copy.
    fn break_off(&mut self) {
        self.is_broken = true;
        let stream: &UnixStream = self.stream.as_ref();
        if let Err(cause) = shutdown(stream.as_raw_fd(), Shutdown::Both) {
            tracing::debug!(%cause, "a connection was closed already");
        }
    }
}

#[async_trait]
impl<K: Keeper> WriteHalf for Writer<K> {
    async fn send_message(&mut self, message: &Message) -> zbus::Result<()> {
        if !self.keeper.lets_out(message) {
            self.keeper.is_out(message);
            return Ok(());
        }
        // A future that was dropped in the middle left a part. What follows would be read as the
        // rest of it.
        if self.is_in_message {
            self.break_off();
        }
        self.is_in_message = true;
        let written = self.write(message).await;
        self.is_in_message = false;
        self.keeper.is_out(message);
        Ok(written?)
    }

    async fn sendmsg(&mut self, bytes: &[u8], fds: &[BorrowedFd<'_>]) -> io::Result<usize> {
        if self.is_broken {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let stream: &UnixStream = self.stream.as_ref();
        let sent = stream.async_io(Interest::WRITABLE, || send(stream, bytes, fds));
        match timeout(K::PATIENCE, sent).await {
            Ok(sent) => sent.inspect_err(|_| self.is_broken = true),
            Err(_) => {
                // First: the task that sees the end of the connection asks the keeper why.
                self.keeper.gives_up();
                self.break_off();
                Err(io::ErrorKind::TimedOut.into())
            }
        }
    }

    async fn close(&mut self) -> io::Result<()> {
        self.break_off();
        Ok(())
    }

    fn can_pass_unix_fd(&self) -> bool {
        true
    }
}

fn send(stream: &UnixStream, bytes: &[u8], fds: &[BorrowedFd<'_>]) -> io::Result<usize> {
    let numbers: Vec<_> = fds.iter().map(|fd| fd.as_raw_fd()).collect();
    let rights = [ControlMessage::ScmRights(&numbers)];
    let control = if numbers.is_empty() { &[] } else { &rights[..] };
    let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL;
    let bytes = [IoSlice::new(bytes)];
    let sent = sendmsg::<UnixAddr>(stream.as_raw_fd(), &bytes, control, flags, None);
    sent.map_err(Into::into)
}

#[cfg(test)]
mod tests;
