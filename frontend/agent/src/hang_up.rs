//! Notices that a client hangs up while its request is in progress, and sends to clients that were
//! watched in this way.
//!
//! Specs: unix(7); epoll_ctl(2), `EPOLLHUP`; send(2).

use std::io;
use std::os::fd::AsRawFd;

use nix::sys::socket::{MsgFlags, send};
use tokio::io::Interest;
use tokio::net::UnixStream;

/// Waits until both directions of `stream` are closed. A client that only stopped sending may still
/// read its answer.
///
/// Afterwards [`send_all`] has to be used for sending.
pub(super) async fn hung_up(stream: &UnixStream) {
    if watch(stream).await.is_err() {
        // The runtime is ending. The request goes on as if the client were still there.
        std::future::pending::<()>().await;
    }
}

/// Readiness to write shows a full hang-up but no half-close. A stream is ready to write nearly
/// always, so the readiness is cleared until the next event.
async fn watch(stream: &UnixStream) -> io::Result<()> {
    while !stream.ready(Interest::WRITABLE).await?.is_write_closed() {
        let clear = || Err::<(), _>(io::ErrorKind::WouldBlock.into());
        let _ = stream.try_io(Interest::WRITABLE, clear);
    }
    Ok(())
}

/// Sends all of `bytes`.
///
/// The readiness that the runtime knows may have been cleared by [`hung_up`], and no event follows
/// as long as there is room. The kernel is therefore asked first. A second descriptor for watching
/// would cost a request two of the files that the process may open.
///
/// # Errors
///
/// The client hung up.
pub(super) async fn send_all(stream: &UnixStream, bytes: &[u8]) -> io::Result<()> {
    let mut rest = bytes;
    while !rest.is_empty() {
        let sent = match send_now(stream, rest) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                stream.writable().await?;
                stream.try_io(Interest::WRITABLE, || send_now(stream, rest))
            }
            sent => sent,
        };
        match sent {
            Ok(count) => rest = rest.get(count..).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn send_now(stream: &UnixStream, bytes: &[u8]) -> io::Result<usize> {
    let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL;
    Ok(send(stream.as_raw_fd(), bytes, flags)?)
}

#[cfg(test)]
mod tests {
    use super::{hung_up, send_all};
    use futures_util::FutureExt;
    use std::pin::pin;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::UnixStream;
    use tokio::task::yield_now;

    /// Turns of the runtime. The runtime looks for events at each turn.
    const TURNS: usize = 200;

    #[tokio::test]
    async fn a_client_that_closes_has_hung_up() {
        let (client, ours) = UnixStream::pair().unwrap();
        drop(client);
        hung_up(&ours).await;
    }

    #[tokio::test]
    async fn a_client_that_stops_sending_hangs_up_when_it_closes() {
        let (mut client, ours) = UnixStream::pair().unwrap();
        client.write_all(b"more").await.unwrap();
        client.shutdown().await.unwrap();
        let mut gone = pin!(hung_up(&ours));
        for _ in 0..TURNS {
            assert!(gone.as_mut().now_or_never().is_none());
            yield_now().await;
        }
        drop(client);
        gone.await;
    }

    #[tokio::test]
    async fn a_client_that_was_watched_gets_an_answer_of_any_length() {
        let (mut client, ours) = UnixStream::pair().unwrap();
        let answer = vec![7; 4 << 20];
        let mut watched = pin!(hung_up(&ours));
        for _ in 0..TURNS {
            assert!(watched.as_mut().now_or_never().is_none());
            yield_now().await;
        }
        let mut received = vec![0; answer.len()];
        let (sent, read) = tokio::join!(send_all(&ours, &answer), client.read_exact(&mut received));
        sent.unwrap();
        read.unwrap();
        assert_eq!(received, answer);
    }

    #[tokio::test]
    async fn sending_to_a_client_that_hung_up_is_an_error() {
        let (client, ours) = UnixStream::pair().unwrap();
        drop(client);
        assert!(send_all(&ours, b"answer").await.is_err());
    }
}
