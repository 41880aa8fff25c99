//! A connection as its client sees it, over a real pair of sockets.

use std::io::ErrorKind;
use std::rc::Rc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::task::{JoinHandle, LocalSet, spawn_local};

use super::Connection;
use crate::keys::Keys;
use crate::origin::Origin;
use crate::peer::Peer;
use crate::protocol::fake_bindings::{bind, bind_with, dear_key};
use crate::protocol::fake_keys::{FakeKeys, string};
use crate::serving::buffers::Buffers;
use crate::serving::shared::Shared;

/// An empty list of keys, as a frame.
const NO_KEYS: &[u8] = &[0, 0, 0, 5, 12, 0, 0, 0, 0];

/// `SSH_AGENT_SUCCESS`, as a frame.
const SUCCESS: &[u8] = &[0, 0, 0, 1, 6];

fn client() -> (UnixStream, JoinHandle<()>) {
    client_of(FakeKeys::listing(Ok(Vec::new())), &Shared::default())
}

pub(super) fn client_of<K: Keys + 'static>(
    keys: K,
    shared: &Shared,
) -> (UnixStream, JoinHandle<()>) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let connection = Connection::new(theirs, Peer::User, shared);
    (ours, spawn_local(connection.run(Rc::new(keys))))
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
            let requests = [0, 0, 0, 1, 11, 0, 0, 0, 1, 16, 0, 0, 0, 1, 11];
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
            let shared = Shared {
                buffers: Buffers::new(64 * 1024),
                ..Shared::default()
            };
            let new = || client_of(FakeKeys::listing(Ok(Vec::new())), &shared);
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

#[tokio::test]
async fn a_local_client_is_served_while_a_forwarded_proof_is_verified() {
    LocalSet::new()
        .run_until(async {
            let shared = Shared::default();
            let verification = shared.verifier.occupy(Origin::Forwarded);
            let new = || client_of(FakeKeys::listing(Ok(Vec::new())), &shared);
            let ((mut forwarded, _forwarded), (mut local, _local)) = (new(), new());
            let list = [0, 0, 0, 1, 11];
            forwarded.write_all(&bind(1, true)).await.unwrap();
            forwarded.write_all(&list).await.unwrap();
            local.write_all(&bind(2, false)).await.unwrap();
            expect(&mut local, SUCCESS).await;
            local.write_all(&list).await.unwrap();
            expect(&mut local, NO_KEYS).await;
            let early = forwarded.try_read(&mut [0]);
            assert_eq!(early.unwrap_err().kind(), ErrorKind::WouldBlock);
            // The client's next request waits for its own binding.
            drop(verification);
            expect(&mut forwarded, SUCCESS).await;
            expect(&mut forwarded, NO_KEYS).await;
        })
        .await;
}

#[tokio::test]
async fn many_forwarded_proofs_come_after_a_local_list() {
    LocalSet::new()
        .run_until(async {
            let shared = Shared::default();
            let new = || client_of(FakeKeys::listing(Ok(Vec::new())), &shared);
            let bind = bind_with(&dear_key(), true);
            let mut forwarded: Vec<_> = (0..50).map(|_| new()).collect();
            for (client, _) in &mut forwarded {
                client.write_all(&bind).await.unwrap();
            }
            let (mut local, _local) = new();
            local.write_all(&[0, 0, 0, 1, 11]).await.unwrap();
            expect(&mut local, NO_KEYS).await;
            let answered = |client: &UnixStream| client.try_read(&mut [0; 5]).is_ok();
            let before = forwarded.iter().filter(|(client, _)| answered(client));
            let before = before.count();
            assert!(before < 25, "{before} of 50 proofs were first");
        })
        .await;
}

#[tokio::test]
async fn a_client_that_hangs_up_gives_up_its_turn_to_be_verified() {
    LocalSet::new()
        .run_until(async {
            let shared = Shared::default();
            let verification = shared.verifier.occupy(Origin::Forwarded);
            let new = || client_of(FakeKeys::listing(Ok(Vec::new())), &shared);
            for _ in 0..50 {
                let (mut client, connection) = new();
                client.write_all(&bind(1, true)).await.unwrap();
                drop(client);
                connection.await.unwrap();
            }
            drop(verification);
            let (mut client, _connection) = new();
            client.write_all(&bind(1, true)).await.unwrap();
            expect(&mut client, SUCCESS).await;
        })
        .await;
}
