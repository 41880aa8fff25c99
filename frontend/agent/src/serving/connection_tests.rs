//! A connection as its client sees it, over a real pair of sockets.

use std::rc::Rc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::task::{JoinHandle, LocalSet, spawn_local};

use super::run;
use crate::keys::Keys;
use crate::protocol::fake_keys::{FakeKeys, string};
use crate::serving::activity::Activity;
use crate::serving::buffers::Buffers;
use crate::serving::peer::Peer;

/// An empty list of keys, as a frame.
const NO_KEYS: &[u8] = &[0, 0, 0, 5, 12, 0, 0, 0, 0];

fn client() -> (UnixStream, JoinHandle<()>) {
    client_of(FakeKeys::listing(Ok(Vec::new())), &Buffers::new(usize::MAX))
}

pub(super) fn client_of<K: Keys + 'static>(
    keys: K,
    buffers: &Rc<Buffers>,
) -> (UnixStream, JoinHandle<()>) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let activity = Rc::new(Activity::new(Peer::User));
    let buffer = buffers.add(Rc::clone(&activity));
    let connection = run(theirs, buffer, activity, Rc::new(keys));
    (ours, spawn_local(connection))
}

async fn expect(client: &mut UnixStream, expected: &[u8]) {
    let mut answer = vec![0; expected.len()];
    client.read_exact(&mut answer).await.unwrap();
    assert_eq!(answer, expected);
}

async fn expect_closed(client: &mut UnixStream) {
    assert_eq!(client.read(&mut [0]).await.unwrap(), 0);
}

#[tokio::test]
async fn an_unknown_message_gets_failure_and_ends_no_connection() {
    LocalSet::new()
        .run_until(async {
            let (mut client, _connection) = client();
            client.write_all(&[0, 0, 0, 2, 200, 1]).await.unwrap();
            expect(&mut client, &[0, 0, 0, 1, 5]).await;
            client.write_all(&[0, 0, 0, 1, 11]).await.unwrap();
            expect(&mut client, NO_KEYS).await;
        })
        .await;
}

#[tokio::test]
async fn requests_sent_at_once_are_answered_in_turn() {
    LocalSet::new()
        .run_until(async {
            let (mut client, _connection) = client();
            let requests = [0, 0, 0, 1, 11, 0, 0, 0, 1, 19, 0, 0, 0, 1, 11];
            client.write_all(&requests).await.unwrap();
            expect(&mut client, NO_KEYS).await;
            expect(&mut client, &[0, 0, 0, 1, 5]).await;
            expect(&mut client, NO_KEYS).await;
        })
        .await;
}

#[tokio::test]
async fn a_client_that_stops_sending_still_gets_its_answer() {
    LocalSet::new()
        .run_until(async {
            let (mut client, _connection) = client();
            client.write_all(&[0, 0, 0, 1, 11]).await.unwrap();
            client.shutdown().await.unwrap();
            expect(&mut client, NO_KEYS).await;
            expect_closed(&mut client).await;
        })
        .await;
}

#[tokio::test]
async fn a_length_that_no_message_has_closes_the_connection() {
    LocalSet::new()
        .run_until(async {
            for length in [0, 256 * 1024 + 1, u32::MAX] {
                let (mut client, _connection) = client();
                client.write_all(&length.to_be_bytes()).await.unwrap();
                expect_closed(&mut client).await;
            }
        })
        .await;
}

#[tokio::test]
async fn a_client_that_hangs_up_ends_only_its_own_connection() {
    LocalSet::new()
        .run_until(async {
            let (mut client, connection) = client();
            client.write_all(&[0, 0, 0, 9, 13, 0]).await.unwrap();
            drop(client);
            connection.await.unwrap();
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn an_unfinished_message_closes_the_connection() {
    LocalSet::new()
        .run_until(async {
            let (mut client, connection) = client();
            client.write_all(&[0, 0, 0, 9, 13]).await.unwrap();
            connection.await.unwrap();
            expect_closed(&mut client).await;
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_fetches_no_answers_is_closed() {
    LocalSet::new()
        .run_until(async {
            let (mut client, connection) = client();
            let requests = [0, 0, 0, 1, 11].repeat(200_000);
            // The agent stops reading when its answers are not fetched, so this does not finish.
            let sending = client.write_all(&requests);
            assert!(sending.await.is_err());
            connection.await.unwrap();
        })
        .await;
}

#[tokio::test]
async fn the_client_with_most_unfinished_bytes_is_closed_first() {
    LocalSet::new()
        .run_until(async {
            let buffers = Buffers::new(64 * 1024);
            let new = || client_of(FakeKeys::listing(Ok(Vec::new())), &buffers);
            let ((mut greedy, closed), (mut modest, _open)) = (new(), new());
            modest.write_all(&[0, 0, 0, 2, 200]).await.unwrap();
            let unfinished = [&[0, 4, 0, 0][..], &[7; 100 * 1024]].concat();
            // Fails when the connection is closed.
            let _ = greedy.write_all(&unfinished).await;
            closed.await.unwrap();
            modest.write_all(&[1]).await.unwrap();
            expect(&mut modest, &[0, 0, 0, 1, 5]).await;
        })
        .await;
}

#[tokio::test]
async fn a_client_that_fails_to_bind_too_often_is_closed() {
    LocalSet::new()
        .run_until(async {
            let (mut client, _connection) = client();
            let bind = string(&[b"\x1b".as_slice(), &string(b"session-bind@openssh.com")].concat());
            for _ in 0..16 {
                client.write_all(&bind).await.unwrap();
                expect(&mut client, &[0, 0, 0, 1, 28]).await;
            }
            expect_closed(&mut client).await;
        })
        .await;
}

#[tokio::test]
async fn a_client_that_sends_much_at_once_does_not_delay_others() {
    LocalSet::new()
        .run_until(async {
            let (mut busy, _busy) = client();
            let (mut other, _other) = client();
            busy.write_all(&[0, 0, 0, 1, 11].repeat(100)).await.unwrap();
            other.write_all(&[0, 0, 0, 1, 11]).await.unwrap();
            expect(&mut other, NO_KEYS).await;
            let mut answers = vec![0; NO_KEYS.len() * 100];
            let there = busy.try_read(&mut answers).unwrap_or(0);
            assert!(there < answers.len() / 2, "{there} bytes were first");
            busy.read_exact(&mut answers[there..]).await.unwrap();
        })
        .await;
}
