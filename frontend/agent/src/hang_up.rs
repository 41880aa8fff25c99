//! Notices that a client hangs up while its request is in progress.
//!
//! Specs: unix(7); epoll_ctl(2), `EPOLLHUP`.

use std::io;
use std::os::fd::AsFd;

use tokio::io::Interest;
use tokio::net::UnixStream;

/// Waits until both directions of `stream` are closed. A client that only stopped sending may still
/// read its answer.
pub(super) async fn hung_up(stream: &UnixStream) {
    if watch(stream).await.is_err() {
        // No file descriptor is left. The request goes on as if the client were still there.
        std::future::pending::<()>().await;
    }
}

/// Readiness to write shows a full hang-up but no half-close. A stream is ready to write nearly
/// always, so the readiness is cleared until the next event. This needs a second descriptor,
/// because writing to the stream relies on the readiness of the first one.
async fn watch(stream: &UnixStream) -> io::Result<()> {
    let second = stream.as_fd().try_clone_to_owned()?;
    let second = UnixStream::from_std(second.into())?;
    while !second.ready(Interest::WRITABLE).await?.is_write_closed() {
        let clear = || Err::<(), _>(io::ErrorKind::WouldBlock.into());
        let _ = second.try_io(Interest::WRITABLE, clear);
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
}
