//! The dialler itself (`sshtpm-agent --dialler`), which `sshtpm-dialler.service` runs.

use std::io;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use nix::unistd::geteuid;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::net::UnixStream;
use tokio::sync::Semaphore;
use tokio::task::spawn_local;
use tokio::time::{sleep, timeout};
use tracing::{debug, warn};

use super::mark::Mark;
use super::order::{MAX_LINE_BYTES, NotAnOrder, Order, Whom};
use super::{handover, ssh_agent_unit};
use crate::behind::settings::Ordinary;
use crate::config::{FileTables, Surroundings};

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
    let places = Arc::new(Semaphore::new(MAX_AT_A_TIME));
    loop {
        // It is never closed.
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return Ok(());
        };
        match listener.accept().await {
            Ok((stream, _)) => {
                let own = own.clone();
                spawn_local(async move {
                    serve(stream, &own).await;
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

/// Serves one agent, at the dialler that listens at `own`.
async fn serve(mut stream: UnixStream, own: &Path) {
    let served = async {
        let dialled = dialled_for(&mut stream, own).await;
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

/// The connection that the agent at the other end of `stream` wants.
async fn dialled_for(stream: &mut UnixStream, own: &Path) -> io::Result<UnixStream> {
    if stream.peer_cred()?.uid() != geteuid().as_raw() {
        return Err(io::Error::other("the agent belongs to another user"));
    }
    let order = timeout(MAX_ORDER, read_order(stream)).await??;
    let surroundings = Surroundings::of_process();
    let tables = FileTables::read(surroundings).map_err(io::Error::other)?;
    let behind = tables.agents_behind(order.name.as_ref(), surroundings);
    let behind = behind.map_err(io::Error::other)?;
    match order.whom {
        Whom::SshAgent if behind.ordinary() == Ordinary::OpenSsh => {
            ssh_agent_unit::dial(&ssh_agent_unit::socket(own)).await
        }
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
