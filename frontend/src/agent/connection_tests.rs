//! A connection as its client sees it, over a real pair of sockets.

use std::rc::Rc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::task::{JoinHandle, LocalSet, spawn_local};

use super::{Activity, run};
use crate::agent::protocol::fake_keys::FakeKeys;

/// An empty list of keys, as a frame.
const NO_KEYS: &[u8] = &[0, 0, 0, 5, 12, 0, 0, 0, 0];

fn client() -> (UnixStream, JoinHandle<()>) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let keys = Rc::new(FakeKeys::listing(Ok(Vec::new())));
    let connection = run(theirs, Rc::new(Activity::new()), keys);
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
async fn an_unknown_message_gets_failure_and_the_connection_lives_on() {
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
async fn a_client_that_only_stopped_sending_still_gets_its_answer() {
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
async fn lengths_that_no_message_has_close_the_connection() {
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
async fn a_client_that_disappears_in_the_middle_ends_only_its_connection() {
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
async fn a_message_that_is_begun_and_not_finished_closes_the_connection() {
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
async fn a_client_that_fetches_no_answers_is_not_waited_for() {
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
