//! What has arrived on a connection, and how much of that zbus has handed on.
//!
//! Purpose: a request can come in over one connection while a signal that arrived earlier waits on
//! another. A request that depends on signals waits here until those are handed on.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use rustix::io::ioctl_fionread;
use tokio::io::{AsyncRead, ReadBuf};
use tokio::net::unix::OwnedReadHalf;
use tokio::sync::Notify;

/// The bytes of a connection, counted.
#[derive(Debug)]
pub(crate) struct Arrivals {
    socket: OwnedFd,
    bytes: Mutex<Bytes>,
    more: Notify,
}

/// Bytes since the connection began.
#[derive(Debug, Default)]
struct Bytes {
    /// Taken from the kernel.
    read: u64,
    /// Of messages that every listener has, or that were dropped.
    handed_on: u64,
}

impl Arrivals {
    /// `socket` stays open for as long as this exists.
    ///
    /// # Errors
    ///
    /// The process has too many open files, or the kernel does not say what is unread.
    pub(super) fn of(socket: impl AsFd) -> io::Result<Arc<Self>> {
        ioctl_fionread(&socket)?;
        Ok(Arc::new(Self {
            socket: socket.as_fd().try_clone_to_owned()?,
            bytes: Mutex::default(),
            more: Notify::new(),
        }))
    }

    /// Waits until everything is handed on that has arrived by now, and for nothing that arrives
    /// later. It does not return if the connection ends first.
    pub(crate) async fn are_handed_on(&self) {
        let arrived = self.arrived();
        loop {
            let more = self.more.notified();
            if self.lock().handed_on >= arrived {
                return;
            }
            more.await;
        }
    }

    fn arrived(&self) -> u64 {
        // Nothing is read between the two figures.
        let bytes = self.lock();
        match ioctl_fionread(&self.socket) {
            Ok(unread) => bytes.read.saturating_add(unread),
            // Then nobody knows, and nothing counts as handed on.
            Err(_) => u64::MAX,
        }
    }

    /// All that was read is handed on, but for `rest` bytes.
    fn hand_on_all_but(&self, rest: usize) {
        let mut bytes = self.lock();
        let rest = u64::try_from(rest).unwrap_or(u64::MAX);
        bytes.handed_on = bytes.read.saturating_sub(rest);
        drop(bytes);
        self.more.notify_waiters();
    }

    /// The counts are right between any two calls, so a panic elsewhere does not matter.
    fn lock(&self) -> MutexGuard<'_, Bytes> {
        self.bytes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The bytes that come in, counted if somebody wants to know.
#[derive(Debug)]
pub(super) struct Counted {
    stream: OwnedReadHalf,
    arrivals: Option<Arc<Arrivals>>,
}

impl Counted {
    pub(super) fn new(stream: OwnedReadHalf, arrivals: Option<Arc<Arrivals>>) -> Self {
        Self { stream, arrivals }
    }

    /// All that was read is handed on, but for `rest` bytes.
    pub(super) fn hand_on_all_but(&self, rest: usize) {
        if let Some(arrivals) = &self.arrivals {
            arrivals.hand_on_all_but(rest);
        }
    }
}

impl AsyncRead for Counted {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let stream = Pin::new(&mut this.stream);
        let Some(arrivals) = &this.arrivals else {
            return stream.poll_read(context, buffer);
        };
        let mut bytes = arrivals.lock();
        let before = buffer.filled().len();
        let polled = stream.poll_read(context, buffer);
        let count = buffer.filled().len().saturating_sub(before);
        bytes.read = bytes
            .read
            .saturating_add(u64::try_from(count).unwrap_or_default());
        polled
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::UnixStream;

    use super::*;

    /// Our end, counted, and the other one.
    fn pair() -> (Counted, Arc<Arrivals>, UnixStream) {
        let (ours, theirs) = UnixStream::pair().expect("a pair of sockets");
        let arrivals = Arrivals::of(&ours).expect("a descriptor");
        let (ours, _) = ours.into_split();
        let counted = Counted::new(ours, Some(Arc::clone(&arrivals)));
        (counted, arrivals, theirs)
    }

    #[tokio::test]
    async fn nothing_is_waited_for_if_nothing_arrived() {
        let (_ours, arrivals, _theirs) = pair();
        assert!(arrivals.are_handed_on().now_or_never().is_some());
    }

    #[tokio::test]
    async fn what_arrived_is_waited_for_until_it_is_handed_on() {
        let (mut ours, arrivals, mut theirs) = pair();
        theirs.write_all(b"signal").await.expect("a socket");
        let mut waits = Box::pin(arrivals.are_handed_on());
        assert!(waits.as_mut().now_or_never().is_none(), "it is unread");
        ours.read_exact(&mut [0; 6]).await.expect("six bytes");
        assert!(waits.as_mut().now_or_never().is_none(), "it is in the hand");
        ours.hand_on_all_but(1);
        assert!(waits.as_mut().now_or_never().is_none(), "one byte is not");
        ours.hand_on_all_but(0);
        assert!(waits.now_or_never().is_some());
    }

    #[test]
    fn what_cannot_be_counted_is_no_connection() {
        let file = std::fs::File::open("/dev/null").expect("a file");
        assert!(Arrivals::of(file).is_err());
    }

    #[tokio::test]
    async fn what_arrives_later_is_not_waited_for() {
        let (mut ours, arrivals, mut theirs) = pair();
        theirs.write_all(b"one").await.expect("a socket");
        let mut waits = Box::pin(arrivals.are_handed_on());
        assert!(waits.as_mut().now_or_never().is_none());
        theirs.write_all(b"two").await.expect("a socket");
        ours.read_exact(&mut [0; 6]).await.expect("six bytes");
        ours.hand_on_all_but(3);
        assert!(waits.now_or_never().is_some());
    }
}
