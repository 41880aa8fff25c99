//! The accept loop with many clients.

use std::cell::Cell;
use std::path::Path;
use std::rc::Rc;

use futures_util::FutureExt;
use sshtpm_dbus::{Error, Identity};
use sshtpm_ssh::agent_report::Asks;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio::task::{LocalSet, spawn_local, yield_now};

use super::serve;
use crate::asker::Asker;
use crate::behind::agents::Agents;
use crate::keys::Keys;
use crate::lock::AgentLock;

const LIMIT: usize = 4;

/// Turns of the runtime, which looks for events at each turn.
const TURNS: usize = 200;

/// Lists keys at once, and signs when the test allows it.
struct SlowKeys {
    is_asked: Rc<Cell<bool>>,
    allowed: Rc<Semaphore>,
    lock: AgentLock,
}

impl Keys for SlowKeys {
    async fn identities(&self, _: &Asker) -> Result<Vec<Identity>, Error> {
        Ok(Vec::new())
    }

    async fn sign(&self, _: &str, _: &[u8], _: u32, _: &Asker) -> Result<Vec<u8>, Error> {
        self.is_asked.set(true);
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

struct Agent {
    directory: TempDir,
    is_asked: Rc<Cell<bool>>,
    allowed: Rc<Semaphore>,
}

impl Agent {
    fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(directory.path().join("s")).unwrap();
        let agent = Self {
            directory,
            is_asked: Rc::default(),
            allowed: Rc::new(Semaphore::new(0)),
        };
        let keys = SlowKeys {
            is_asked: Rc::clone(&agent.is_asked),
            allowed: Rc::clone(&agent.allowed),
            lock: AgentLock::default(),
        };
        let stop = std::future::pending();
        spawn_local(serve(
            listener,
            LIMIT,
            Rc::new(keys),
            Rc::new(Agents::none()),
            stop,
        ));
        agent
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    async fn connect(&self) -> UnixStream {
        UnixStream::connect(self.path().join("s")).await.unwrap()
    }

    /// A connection that has a request to sign in progress.
    async fn signing(&self) -> UnixStream {
        use crate::protocol::fake_keys::{blob, string};
        self.is_asked.set(false);
        let mut client = self.connect().await;
        let request = [vec![13], string(&blob()), string(b"data"), vec![0; 4]];
        client.write_all(&string(&request.concat())).await.unwrap();
        while !self.is_asked.get() {
            yield_now().await;
        }
        client
    }
}

async fn is_served(client: &mut UnixStream) -> bool {
    let mut answer = [0; 9];
    client.write_all(&[0, 0, 0, 1, 11]).await.is_ok()
        && client.read_exact(&mut answer).await.is_ok()
}

async fn fail_to_bind(client: &mut UnixStream) {
    use crate::protocol::fake_keys::string;
    let bind = [b"\x1b".as_slice(), &string(b"session-bind@openssh.com")];
    client.write_all(&string(&bind.concat())).await.unwrap();
    let mut answer = [0; 5];
    client.read_exact(&mut answer).await.unwrap();
    assert_eq!(answer, [0, 0, 0, 1, 28]);
}

#[tokio::test]
async fn a_new_connection_closes_the_one_that_was_idle_longest() {
    LocalSet::new()
        .run_until(async {
            let agent = Agent::start();
            let mut clients = Vec::new();
            for _ in 0..LIMIT {
                let mut client = agent.connect().await;
                assert!(is_served(&mut client).await);
                clients.push(client);
            }
            // The first one was just used, so the second one has to go.
            assert!(is_served(&mut clients[0]).await);
            assert!(is_served(&mut agent.connect().await).await);
            assert!(!is_served(&mut clients[1]).await);
            assert!(is_served(&mut clients[0]).await);
        })
        .await;
}

#[tokio::test]
async fn a_new_connection_closes_a_forwarded_one_first() {
    LocalSet::new()
        .run_until(async {
            let agent = Agent::start();
            let mut clients = Vec::new();
            for _ in 0..LIMIT {
                let mut client = agent.connect().await;
                assert!(is_served(&mut client).await);
                clients.push(client);
            }
            // After a failed binding a connection no longer counts as local.
            let last = clients.last_mut().unwrap();
            fail_to_bind(last).await;
            assert!(is_served(last).await);
            assert!(is_served(&mut agent.connect().await).await);
            assert!(!is_served(clients.last_mut().unwrap()).await);
            for client in &mut clients[..LIMIT - 1] {
                assert!(is_served(client).await);
            }
        })
        .await;
}

#[tokio::test]
async fn clients_that_send_nothing_keep_no_other_client_out() {
    LocalSet::new()
        .run_until(async {
            let agent = Agent::start();
            let mut crowd = Vec::new();
            for _ in 0..10 * LIMIT {
                crowd.push(agent.connect().await);
            }
            assert!(is_served(&mut agent.connect().await).await);
        })
        .await;
}

#[tokio::test]
async fn a_request_in_progress_goes_on_and_delays_no_other() {
    LocalSet::new()
        .run_until(async {
            let agent = Agent::start();
            let mut signing = agent.signing().await;
            for _ in 0..3 * LIMIT {
                assert!(is_served(&mut agent.connect().await).await);
            }
            agent.allowed.add_permits(1);
            let mut answer = [0; 4 + 1 + 4 + 9];
            signing.read_exact(&mut answer).await.unwrap();
            assert!(answer.ends_with(b"signature"));
        })
        .await;
}

#[tokio::test]
async fn a_new_connection_waits_while_all_others_are_busy() {
    LocalSet::new()
        .run_until(async {
            let agent = Agent::start();
            let mut signing = Vec::new();
            for _ in 0..LIMIT {
                signing.push(agent.signing().await);
            }
            let mut new = agent.connect().await;
            let mut served = Box::pin(is_served(&mut new));
            for _ in 0..TURNS {
                assert!(served.as_mut().now_or_never().is_none());
                yield_now().await;
            }
            agent.allowed.add_permits(1);
            assert!(served.await);
            // One of the others was answered and then closed; the rest go on.
            agent.allowed.add_permits(LIMIT - 1);
            for client in &mut signing {
                let mut answer = [0; 4 + 1 + 4 + 9];
                client.read_exact(&mut answer).await.unwrap();
                assert!(answer.ends_with(b"signature"));
            }
        })
        .await;
}
