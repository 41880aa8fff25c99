//! Clients that hang up or stop sending while their request to sign is in progress.

use std::cell::Cell;
use std::rc::Rc;

use sshtpm_dbus::{Error, Identity};
use sshtpm_ssh::agent_report::Asks;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, LocalSet, yield_now};

use super::tests::client_of;
use crate::asker::Asker;
use crate::behind::fake_agents::{FakeAgents, unsigned, willing};
use crate::keys::Keys;
use crate::lock::AgentLock;
use crate::protocol::fake_keys::{FakeKeys, blob, string};
use crate::serving::shared::Shared;

/// Signs when the test allows it, and counts the requests that wait for that.
#[derive(Clone)]
struct PatientKeys {
    waiting: Rc<Cell<usize>>,
    allowed: Rc<Semaphore>,
    lock: AgentLock,
}

/// A request that waits. Dropping this ends the wait.
struct Waiting(Rc<Cell<usize>>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

impl PatientKeys {
    fn new() -> Self {
        Self {
            waiting: Rc::default(),
            allowed: Rc::new(Semaphore::new(0)),
            lock: AgentLock::default(),
        }
    }
}

impl Keys for PatientKeys {
    async fn identities(&self, _: &Asker) -> Result<Vec<Identity>, Error> {
        Ok(Vec::new())
    }

    async fn sign(&self, _: &str, _: &[u8], _: u32, _: &Asker) -> Result<Vec<u8>, Error> {
        self.waiting.set(self.waiting.get() + 1);
        let _waiting = Waiting(Rc::clone(&self.waiting));
        self.allowed.acquire().await.unwrap().forget();
        Ok(b"signature".to_vec())
    }

    async fn forget_pins(&self) -> Result<(), Error> {
        Ok(())
    }

    fn asks(&self) -> Asks {
        Asks::Itself
    }

    fn lock(&self) -> &AgentLock {
        &self.lock
    }
}

/// A client whose request to sign is in progress.
async fn signing(keys: &PatientKeys) -> (UnixStream, JoinHandle<()>) {
    let (mut client, connection) = client_of(keys.clone(), &Shared::default());
    let request = [vec![13], string(&blob()), string(b"data"), vec![0; 4]];
    client.write_all(&string(&request.concat())).await.unwrap();
    while keys.waiting.get() == 0 {
        yield_now().await;
    }
    (client, connection)
}

#[tokio::test]
async fn a_request_is_dropped_when_its_client_hangs_up() {
    LocalSet::new()
        .run_until(async {
            let keys = PatientKeys::new();
            let (client, connection) = signing(&keys).await;
            drop(client);
            connection.await.unwrap();
            assert_eq!(keys.waiting.get(), 0);
        })
        .await;
}

#[tokio::test]
async fn a_request_goes_on_when_its_client_stops_sending() {
    LocalSet::new()
        .run_until(async {
            let keys = PatientKeys::new();
            let (mut client, _connection) = signing(&keys).await;
            client.shutdown().await.unwrap();
            for _ in 0..200 {
                yield_now().await;
            }
            assert_eq!(keys.waiting.get(), 1);
            keys.allowed.add_permits(1);
            let mut answer = [0; 4 + 1 + 4 + 9];
            client.read_exact(&mut answer).await.unwrap();
            assert!(answer.ends_with(b"signature"));
        })
        .await;
}

#[tokio::test]
async fn a_request_to_an_agent_behind_ends_when_its_client_hangs_up() {
    LocalSet::new()
        .run_until(async {
            let fakes = FakeAgents::new(&[unsigned, willing]);
            let keys = FakeKeys::listing(Ok(Vec::new()));
            let (mut client, connection) = client_of(keys, &Shared::new(fakes.agents()));
            let request = [
                vec![13],
                string(&string(b"key")),
                string(b"data"),
                vec![0; 4],
            ];
            client.write_all(&string(&request.concat())).await.unwrap();
            while !fakes.kinds().contains(&(0, 13)) {
                yield_now().await;
            }
            assert_eq!(fakes.closed.get(), 0);
            drop(client);
            connection.await.unwrap();
            while fakes.closed.get() == 0 {
                yield_now().await;
            }
        })
        .await;
}
