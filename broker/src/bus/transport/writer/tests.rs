//! Messages that go out over real sockets.

use std::os::unix::net::UnixStream as StdUnixStream;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::FutureExt as _;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::io::AsyncReadExt as _;

use super::*;
use crate::bus::transport::incoming::Incoming;

/// Lets everything pass.
#[derive(Debug)]
struct Open;

impl Keeper for Open {
    const PATIENCE: Duration = Duration::from_secs(60);
    const AT_ONCE: usize = 1;

    async fn lets_in(&self, _incoming: &Incoming) -> bool {
        true
    }
}

/// Has no patience, and looks when it gives up whether the connection has ended.
#[derive(Debug)]
struct Hasty {
    peer: StdUnixStream,
    had_ended: Mutex<Vec<bool>>,
}

impl Hasty {
    fn has_ended(&self) -> bool {
        let mut polled = [PollFd::new(&self.peer, PollFlags::RDHUP)];
        poll(&mut polled, Some(&Timespec::default())).expect("a state");
        polled[0].revents().contains(PollFlags::RDHUP)
    }
}

impl Keeper for Hasty {
    const PATIENCE: Duration = Duration::from_millis(1);
    const AT_ONCE: usize = 1;

    async fn lets_in(&self, _incoming: &Incoming) -> bool {
        true
    }

    fn gives_up(&self) {
        let has_ended = self.has_ended();
        self.had_ended.lock().expect("a list").push(has_ended);
    }
}

/// Lets nothing pass, and counts what it was told is out.
#[derive(Debug, Default)]
struct Closed {
    out: AtomicUsize,
}

impl Keeper for Closed {
    const PATIENCE: Duration = Duration::from_secs(60);
    const AT_ONCE: usize = 1;

    async fn lets_in(&self, _incoming: &Incoming) -> bool {
        false
    }

    fn lets_out(&self, _message: &Message) -> bool {
        false
    }

    fn is_out(&self, _message: &Message) {
        self.out.fetch_add(1, Ordering::Relaxed);
    }
}

/// A writer, and what reads from it.
fn pair() -> (Writer<Open>, UnixStream) {
    let (ours, theirs) = UnixStream::pair().expect("two sockets");
    let (_, ours) = ours.into_split();
    (Writer::new(ours, Arc::new(Open)), theirs)
}

fn signal(bytes: usize) -> Message {
    let signal = Message::signal("/", "org.example.Test", "Said");
    signal.build(&vec![0_u8; bytes]).expect("a signal")
}

#[tokio::test]
async fn a_message_arrives_whole_however_slowly_it_is_read() {
    let (mut writer, mut reader) = pair();
    let large = signal(4 * 1024 * 1024);
    let mut read = vec![0; large.data().len()];
    let (sent, filled) = tokio::join!(writer.send_message(&large), reader.read_exact(&mut read));
    sent.expect("sent");
    filled.expect("read");
    assert_eq!(read, **large.data());
}

#[tokio::test]
async fn nothing_follows_a_message_that_was_cut_short() {
    let (mut writer, mut reader) = pair();
    let large = signal(4 * 1024 * 1024);
    // The task that writes is dropped while the peer does not read.
    assert!(writer.send_message(&large).now_or_never().is_none());
    // There is room now for the next one.
    let mut read = Vec::new();
    reader.readable().await.expect("a part of it");
    while let Some(read) = reader.read_buf(&mut read).now_or_never() {
        read.expect("a part of it");
    }
    assert!(writer.send_message(&signal(1)).await.is_err());
    assert!(writer.send_message(&signal(1)).await.is_err());
    reader.read_to_end(&mut read).await.expect("an end");
    assert!(
        large.data().starts_with(&read),
        "the beginning of it, and nothing else"
    );
}

#[tokio::test]
async fn an_answer_that_nobody_wants_ends_its_call() {
    let (ours, _theirs) = UnixStream::pair().expect("two sockets");
    let keeper = Arc::new(Closed::default());
    let mut writer = Writer::new(ours.into_split().1, Arc::clone(&keeper));
    writer.send_message(&signal(1)).await.expect("no error");
    assert_eq!(keeper.out.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn the_keeper_knows_why_before_anybody_sees_the_end() {
    let (ours, peer) = UnixStream::pair().expect("two sockets");
    let keeper = Arc::new(Hasty {
        peer: peer.into_std().expect("a socket"),
        had_ended: Mutex::default(),
    });
    let mut writer = Writer::new(ours.into_split().1, Arc::clone(&keeper));
    let large = signal(4 * 1024 * 1024);
    assert!(writer.send_message(&large).await.is_err());
    assert!(keeper.has_ended());
    assert_eq!(*keeper.had_ended.lock().expect("a list"), [false]);
}
