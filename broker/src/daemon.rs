//! Wiring: the only place where adapters are built, started and stopped.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Parser;
use sd_notify::NotifyState;
use sshtpm_dbus::{BUS_NAME, HOST_USER};
use tokio::signal::unix::{SignalKind, signal};

use crate::authority::Polkit;
use crate::bus::{self, TpmPlace};
use crate::config::{self, Config};
use crate::core::identity::UserName;
use crate::core::ports::{Clock, TpmState};
use crate::core::queue::QueueBounds;
use crate::core::service::{Ports, Service};
use crate::store::{FileStore, Lock};
use crate::tpm::{PARENT_HANDLE, Timing, TpmThread};

/// Owns the TPM, and lets users have SSH keys in it.
#[derive(Debug, Parser)]
#[command(name = "sshtpm-broker", version)]
struct Arguments {
    /// Configuration file; one that is not there means the defaults
    #[arg(long, value_name = "FILE", default_value = config::DEFAULT_PATH)]
    config: PathBuf,
}

/// Runs the broker until it is told to stop.
pub(crate) fn run() -> ExitCode {
    let arguments = Arguments::parse();
    start_log();
    match run_with(&arguments.config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// To stderr, which is the journal; the journal has its own clock.
fn start_log() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("SSHTPM_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info,zbus=warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .without_time()
        .init();
}

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn run_with(config: &Path) -> Result<()> {
    let config = Config::read(config)?;
    // Two, so that a client with a large message does not make the others wait for its parsing.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(BLOCKING_THREADS)
        .enable_all()
        .build()?;
    let result = runtime.block_on(serve(&config));
    // The thread that owns the TPM may hang in a command; nothing waits for it.
    runtime.shutdown_background();
    result
}

/// For the disk, which is written one change at a time, and for the user database.
const BLOCKING_THREADS: usize = 8;

/// Most requests that wait for the TPM in all.
const QUEUE_LENGTH: usize = 1024;

/// How long the start waits for the TPM, so that the first callers need not; a TPM that takes
/// longer is waited for in the background.
const FIRST_LOOK: Duration = Duration::from_secs(5);

async fn serve(config: &Config) -> Result<()> {
    let _only_broker = Lock::take(config.state_directory.as_path())?;
    let store = FileStore::open(config.state_directory.as_path())?;
    let report_former_owners = store.report_former_owners();
    let tpm = start_tpm(config).await?;
    let status = tpm.subscribe();

    let connection = bus::connect().await?;
    let authority = Polkit::new(&connection).await?;
    let host = UserName::new(HOST_USER).ok_or("the name of the host user is none")?;
    let service = Arc::new(Service::new(
        Adapters {
            tpm,
            authority,
            store,
        },
        config.limits(),
        host,
    ));
    let place = TpmPlace {
        device: config.tpm.to_string(),
        parent_handle: PARENT_HANDLE,
    };
    bus::serve(&connection, Arc::clone(&service), place, status).await?;
    sd_notify::notify(&[NotifyState::Ready])?;
    tracing::info!("ready");
    tokio::task::spawn_blocking(report_former_owners);

    stopped(&connection).await?;
    sd_notify::notify(&[NotifyState::Stopping])?;
    finish(&connection, &service).await;
    Ok(())
}

/// Starts the thread that owns the TPM, and gives it the time for a first look.
async fn start_tpm(config: &Config) -> Result<TpmThread> {
    let bounds = QueueBounds {
        per_user: config.limits().requests_per_user,
        in_all: QUEUE_LENGTH,
    };
    let timing = Timing {
        command: config.command_limit(),
        generation: config.generation_limit(),
    };
    let tpm = TpmThread::start(config.tpm.clone(), timing, bounds)?;
    let mut status = tpm.subscribe();
    let looked = status.wait_for(|status| status.state != TpmState::Starting);
    drop(tokio::time::timeout(FIRST_LOOK, looked).await);
    Ok(tpm)
}

/// Returns when the broker is told to stop.
async fn stopped(connection: &zbus::Connection) -> Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => Ok(()),
        _ = interrupt.recv() => Ok(()),
        () = connection.closed() => Err("the system bus closed the connection".into()),
    }
}

/// How long requests under way may take when the broker is told to stop. One that waits for a
/// person is not waited for.
const FINISH_LIMIT: Duration = Duration::from_secs(3);

/// How often it is looked whether they are done.
const FINISH_STEP: Duration = Duration::from_millis(10);

/// Lets go of the name, so that the bus starts another broker for who comes next, and answers those
/// who are here.
async fn finish(connection: &zbus::Connection, service: &Service<Adapters>) {
    if let Err(cause) = connection.release_name(BUS_NAME).await {
        tracing::debug!(%cause, "the name was not released");
    }
    let idle = async {
        while !service.is_idle() {
            tokio::time::sleep(FINISH_STEP).await;
        }
    };
    if tokio::time::timeout(FINISH_LIMIT, idle).await.is_err() {
        tracing::warn!("stopping although requests are under way");
    }
    tracing::info!("stopped");
}

/// The real thing behind each port.
#[derive(Debug)]
struct Adapters {
    tpm: TpmThread,
    authority: Polkit,
    store: FileStore,
}

impl Ports for Adapters {
    type Tpm = TpmThread;
    type Authority = Polkit;
    type Store = FileStore;
    type Clock = SystemClock;

    fn tpm(&self) -> &TpmThread {
        &self.tpm
    }

    fn authority(&self) -> &Polkit {
        &self.authority
    }

    fn store(&self) -> &FileStore {
        &self.store
    }

    fn clock(&self) -> &SystemClock {
        &SystemClock
    }
}

/// The clock of the machine.
#[derive(Debug)]
struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> u64 {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs())
    }
}
