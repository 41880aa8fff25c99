//! Hands a connected socket to another process, or says why not.
//!
//! A socket comes with the byte `+`; a reason is `-` and text, up to the end of the connection.
//!
//! Specs: unix(7), `SCM_RIGHTS`; recvmsg(2).

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};

use rustix::cmsg_space;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};
use sshtpm_ssh::text::printable;
use tokio::io::{AsyncReadExt, AsyncWriteExt, Interest};
use tokio::net::UnixStream;

use crate::hang_up::send_all;

/// Comes with a socket.
const GIVEN: u8 = b'+';

/// Comes before a reason.
const REFUSED: u8 = b'-';

/// Longest reason, in bytes: a line of text.
const MAX_REASON_BYTES: u64 = 512;

/// Sends `given` to the other end of `stream`, which may have been watched by
/// [`hung_up`](crate::hang_up::hung_up): the kernel is asked before the runtime.
///
/// # Errors
///
/// The other end is gone.
pub(super) async fn give(stream: &UnixStream, given: &UnixStream) -> io::Result<()> {
    let send = || {
        let descriptors = [given.as_fd()];
        let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(1))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        control.push(SendAncillaryMessage::ScmRights(&descriptors));
        let bytes = [IoSlice::new(&[GIVEN])];
        sendmsg(stream, &bytes, &mut control, SendFlags::NOSIGNAL).map_err(io::Error::from)
    };
    match send() {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
            stream.async_io(Interest::WRITABLE, send).await.map(drop)
        }
        sent => sent.map(drop),
    }
}

/// Sends why there is no socket. `stream` may have been watched, too.
///
/// # Errors
///
/// The other end is gone.
pub(super) async fn refuse(stream: &mut UnixStream, reason: &io::Error) -> io::Result<()> {
    send_all(stream, format!("-{reason}").as_bytes()).await?;
    stream.shutdown().await
}

/// The socket that comes over `stream`.
///
/// # Errors
///
/// None comes; the error has the reason of the other end.
pub(super) async fn take(stream: &mut UnixStream) -> io::Result<UnixStream> {
    let mut first = [0];
    let receive = || receive(stream, &mut first);
    let given = stream.async_io(Interest::READABLE, receive).await?;
    match (first, given) {
        ([GIVEN], Some(given)) => {
            let given = std::os::unix::net::UnixStream::from(given);
            given.set_nonblocking(true)?;
            UnixStream::from_std(given)
        }
        ([REFUSED], _) => {
            let mut reason = Vec::new();
            let mut rest = stream.take(MAX_REASON_BYTES);
            rest.read_to_end(&mut reason).await?;
            let reason = printable(&String::from_utf8_lossy(&reason));
            Err(io::Error::other(reason))
        }
        _ => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

fn receive(stream: &UnixStream, first: &mut [u8; 1]) -> io::Result<Option<OwnedFd>> {
    let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(1))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let mut bytes = [IoSliceMut::new(first)];
    recvmsg(stream, &mut bytes, &mut control, RecvFlags::CMSG_CLOEXEC)?;
    let mut messages = control.drain();
    let given = messages.find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut descriptors) => descriptors.next(),
        _ => None,
    });
    Ok(given)
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::pin::pin;

    use futures_util::FutureExt;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::UnixStream;
    use tokio::task::yield_now;

    use super::{give, refuse, take};
    use crate::hang_up::hung_up;

    /// Turns of the runtime, which looks for events at each.
    const TURNS: usize = 200;

    #[tokio::test]
    async fn the_socket_that_arrives_is_the_one_that_was_given() {
        let (here, mut there) = UnixStream::pair().unwrap();
        let (given, mut other_end) = UnixStream::pair().unwrap();
        give(&here, &given).await.unwrap();
        drop(given);
        let mut taken = take(&mut there).await.unwrap();
        taken.write_all(b"x").await.unwrap();
        drop(taken);
        let mut said = Vec::new();
        other_end.read_to_end(&mut said).await.unwrap();
        assert_eq!(said, b"x");
    }

    #[tokio::test]
    async fn an_agent_that_was_watched_gets_its_socket() {
        let (here, mut there) = UnixStream::pair().unwrap();
        let mut watched = pin!(hung_up(&here));
        for _ in 0..TURNS {
            assert!(watched.as_mut().now_or_never().is_none());
            yield_now().await;
        }
        let (given, _other_end) = UnixStream::pair().unwrap();
        give(&here, &given).await.unwrap();
        take(&mut there).await.unwrap();
    }

    #[tokio::test]
    async fn the_reason_arrives_and_is_safe_to_show() {
        let (mut here, mut there) = UnixStream::pair().unwrap();
        let reason = io::Error::other("nobody \x1b[listens");
        refuse(&mut here, &reason).await.unwrap();
        let error = take(&mut there).await.unwrap_err().to_string();
        assert_eq!(error, "nobody \\u{1b}[listens");
    }

    #[tokio::test]
    async fn an_answer_without_a_socket_is_an_error() {
        for answer in [b"+".as_slice(), b"", b"x"] {
            let (mut here, mut there) = UnixStream::pair().unwrap();
            here.write_all(answer).await.unwrap();
            drop(here);
            assert!(take(&mut there).await.is_err());
        }
    }
}
