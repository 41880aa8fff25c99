//! Noticing that a client has gone while its request is in progress.
//!
//! Specs: unix(7); epoll_ctl(2), `EPOLLHUP`.

use std::io;
use std::os::fd::AsFd;

use tokio::io::Interest;
use tokio::net::UnixStream;

/// Waits until neither direction of `stream` is open any more. A client that only stopped sending
/// may still read its answer.
pub(super) async fn hung_up(stream: &UnixStream) {
    if watch(stream).await.is_err() {
        // Out of files: then the answer is waited for, as if the client were there.
        std::future::pending::<()>().await;
    }
}

/// Being ready to write is where a full hang-up shows and a half-close does not, but a stream is
/// ready to write nearly always. So that is taken back until the next event; on a second
/// descriptor, because whoever writes to the first one goes by it.
async fn watch(stream: &UnixStream) -> io::Result<()> {
    let second = stream.as_fd().try_clone_to_owned()?;
    let second = UnixStream::from_std(second.into())?;
    while !second.ready(Interest::WRITABLE).await?.is_write_closed() {
        let taken_back = || Err::<(), _>(io::ErrorKind::WouldBlock.into());
        let _ = second.try_io(Interest::WRITABLE, taken_back);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::hung_up;
    use futures_util::FutureExt;
    use std::pin::pin;
    use tokio::io::AsyncWriteExt;
    use tokio::net::UnixStream;
    use tokio::task::yield_now;

    /// Turns of the runtime, each of which looks for events.
    const TURNS: usize = 200;

    #[tokio::test]
    async fn a_client_that_closes_has_hung_up() {
        let (client, ours) = UnixStream::pair().unwrap();
        drop(client);
        hung_up(&ours).await;
    }

    #[tokio::test]
    async fn a_client_that_closes_after_it_stopped_sending_has_hung_up() {
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
}
