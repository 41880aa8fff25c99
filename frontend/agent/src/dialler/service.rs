//! The dialler itself (`sshtpm-agent --dialler`), which `sshtpm-dialler.service` runs.

use std::io;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use nix::unistd::geteuid;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::net::UnixStream;
use tokio::sync::Semaphore;
use tokio::task::spawn_local;
use tokio::time::{sleep, timeout};
use tracing::{debug, warn};

use super::handover;
use super::mark::Mark;
use super::order::{MAX_LINE_BYTES, NotAnOrder, Order, Whom};
use super::ssh_agent_unit::SshAgent;
use crate::behind::settings::Ordinary;
use crate::config::{FileTables, Surroundings};
use crate::hang_up::hung_up;

/// Most agents that are served at a time; further ones wait in the kernel. Each list of an agent
/// may reach for each agent behind.
const MAX_AT_A_TIME: usize = 32;

/// How long an agent may take to say whom it wants to reach. It is on the same machine.
const MAX_ORDER: Duration = Duration::from_secs(10);

/// How long an agent behind may take to be connected.
const MAX_CONNECT: Duration = Duration::from_secs(10);

/// How long an agent may take to receive its connection.
const MAX_HANDOVER: Duration = Duration::from_secs(10);

/// Pause after a failed accept.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves `listener` until the process ends.
///
/// # Errors
///
/// `listener` cannot be used.
pub(crate) async fn run(listener: UnixListener) -> io::Result<()> {
    let listener = tokio::net::UnixListener::from_std(listener)?;
    let own = listener.local_addr()?;
    let own = own.as_pathname().map(Path::to_owned);
    let own = own.ok_or_else(|| io::Error::other("the socket has no path"))?;
    let ssh_agent = Rc::new(SshAgent::beside(&own));
    let places = Arc::new(Semaphore::new(MAX_AT_A_TIME));
    loop {
        // It is never closed.
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return Ok(());
        };
        match listener.accept().await {
            Ok((stream, _)) => {
                let ssh_agent = Rc::clone(&ssh_agent);
                spawn_local(async move {
                    serve(stream, &ssh_agent).await;
                    drop(place);
                });
            }
            Err(error) => {
                warn!("cannot accept a connection: {error}");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Serves one agent until it has its connection, or hangs up.
async fn serve(mut stream: UnixStream, ssh_agent: &SshAgent) {
    let served = async {
        let dialled = match order_of(&mut stream).await {
            Ok(order) => while_connected(&stream, dial(order, ssh_agent)).await,
            Err(error) => Err(error),
        };
        let answer = async {
            match &dialled {
                Ok(given) => handover::give(&stream, given).await,
                Err(reason) => handover::refuse(&mut stream, reason).await,
            }
        };
        timeout(MAX_HANDOVER, answer).await?
    };
    if let Err(error) = served.await {
        debug!("an agent did not receive its connection: {error}");
    }
}

/// What `work` gives, unless the agent at the other end of `stream` hangs up before: it would keep
/// its place.
async fn while_connected<T>(
    stream: &UnixStream,
    work: impl Future<Output = io::Result<T>>,
) -> io::Result<T> {
    tokio::select! {
        done = work => done,
        () = hung_up(stream) => Err(io::ErrorKind::ConnectionAborted.into()),
    }
}

/// What the agent at the other end of `stream` wants.
async fn order_of(stream: &mut UnixStream) -> io::Result<Order> {
    if stream.peer_cred()?.uid() != geteuid().as_raw() {
        return Err(io::Error::other("the agent belongs to another user"));
    }
    timeout(MAX_ORDER, read_order(stream)).await?
}

/// The connection that an agent wants.
async fn dial(order: Order, ssh_agent: &SshAgent) -> io::Result<UnixStream> {
    let surroundings = Surroundings::of_process();
    let tables = FileTables::read(surroundings).map_err(io::Error::other)?;
    let behind = tables.agents_behind(order.name.as_ref(), surroundings);
    let behind = behind.map_err(io::Error::other)?;
    match order.whom {
        Whom::SshAgent if behind.ordinary() == Ordinary::OpenSsh => ssh_agent.dial().await,
        Whom::SshAgent => Err(io::Error::other(
            "agent.toml does not send ordinary keys to ssh-agent; \
             run `systemctl --user restart sshtpm-agent.service` after a change",
        )),
        Whom::Agent(index, mark) => match behind.agents().get(index) {
            Some(agent) if Mark::of(&agent.written) == mark => {
                timeout(MAX_CONNECT, UnixStream::connect(&agent.socket)).await?
            }
            _ => Err(io::Error::other(
                "agent.toml names other agents than when this one was started; \
                 run `systemctl --user restart sshtpm-agent.service` after a change",
            )),
        },
    }
}

async fn read_order(stream: &mut UnixStream) -> io::Result<Order> {
    let mut line = String::new();
    let mut reader = BufReader::new(stream.take(MAX_LINE_BYTES));
    reader.read_line(&mut line).await?;
    let order = line.strip_suffix('\n').ok_or(NotAnOrder);
    order
        .and_then(str::parse)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use tokio::net::UnixStream;

    use super::while_connected;

    #[tokio::test]
    async fn an_agent_that_hangs_up_gives_up_its_place() {
        let (client, ours) = UnixStream::pair().unwrap();
        drop(client);
        assert!(while_connected::<()>(&ours, pending()).await.is_err());
    }

    #[tokio::test]
    async fn an_agent_that_stays_gets_what_it_waits_for() {
        let (_client, ours) = UnixStream::pair().unwrap();
        let work = async { Ok(7) };
        assert_eq!(while_connected(&ours, work).await.unwrap(), 7);
    }
}
