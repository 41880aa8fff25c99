//! Builds, starts, reloads and stops the adapters. No other room does any of that.

mod adapters;
mod forget;
mod keep_by_use;
mod log;
mod log_use;
#[cfg(test)]
mod manual;
mod memory;
mod queue_bounds;
mod reload;
mod settings;
mod stop;
mod system_calls;
mod watchdog;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use sd_notify::NotifyState;
use sshtpm_dbus::HOST_USER;

use crate::authority::Polkit;
use crate::bus::{self, Server, TpmPlace};
use crate::config::{self, Config};
use crate::sessions::Seats;
use crate::store::{CountStore, FileStore, Lock, UseStore};
use crate::tpm::{PARENT_HANDLE, TpmThread};
use sshtpm_config::ConfigError;
use sshtpm_core::identity::UserName;
use sshtpm_core::ports::Clock as _;
use sshtpm_core::ports::Ports as _;
use sshtpm_core::service::Service;
use sshtpm_ssh::tpm::TpmState;

use adapters::{Adapters, SystemClock};
use queue_bounds::queue_bounds;
use reload::Reload;

/// Owns the TPM and lets users have SSH keys in it.
#[derive(Debug, Parser)]
#[command(name = "sshtpm-broker", version)]
struct Arguments {
    /// Configuration file; if it does not exist, the defaults apply
    #[arg(long, value_name = "FILE", default_value = config::DEFAULT_PATH)]
    config: PathBuf,

    /// Check the configuration file and exit with 0 if it is valid, or with 78 if it is not
    #[arg(long)]
    check_config: bool,
}

/// Exit status for a wrong configuration (`EX_CONFIG` of sysexits.h). It tells the service manager
/// that a restart does not help.
const EX_CONFIG: u8 = 78;

/// Runs the broker until it is told to stop.
pub(crate) fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let config = Config::read(&arguments.config);
    if arguments.check_config {
        return checked(config);
    }
    log::start();
    let config = match config {
        Ok(config) => config,
        Err(error) => {
            tracing::error!("{error}");
            return ExitCode::from(EX_CONFIG);
        }
    };
    match run_with(config, arguments.config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Reports on the configuration to a person, or to the service manager before a reload.
fn checked(config: Result<Config, ConfigError>) -> ExitCode {
    match config {
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sshtpm-broker: {error}");
            ExitCode::from(EX_CONFIG)
        }
    }
}

fn run_with(config: Config, path: PathBuf) -> Result<(), Box<dyn Error>> {
    memory::protect();
    // Two threads, so that parsing one client's large message does not make the others wait.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(BLOCKING_THREADS)
        .enable_all()
        .build()?;
    let result = runtime.block_on(serve(config, path));
    // Do not wait for the thread that owns the TPM: it may hang in a command.
    runtime.shutdown_background();
    result
}

/// One for each place that blocks a thread, so that a turn is not followed by another wait: four
/// look-ups in the user database, a change of the store, two users' keys and two records of use
/// that are read, two counts that are written, what the TPM is made to keep by use; and for the
/// keys that no request needed yet, those that the TPM keeps, and the configuration.
const BLOCKING_THREADS: usize = 15;

/// How long the start waits for the TPM, so that the first callers need not. After that the broker
/// waits for the TPM in the background.
const FIRST_LOOK: Duration = Duration::from_secs(5);

async fn serve(config: Config, path: PathBuf) -> Result<(), Box<dyn Error>> {
    let (reload, occasions) = Reload::new(path, config.clone())?;
    let only_broker = Arc::new(Lock::take(config.state_directory.as_path())?);
    let store = FileStore::open(config.state_directory.as_path())?;
    let read_rest = store.read_rest();
    let uses = UseStore::start(config.state_directory.as_path(), log_use::log_use)?;
    let since_boot = || SystemClock.since_boot();
    let (counts, kept) = CountStore::open(config.state_directory.as_path(), since_boot)?;
    let changes = counts.read_changes();
    let tpm = start_tpm(&config).await?;
    let status = tpm.subscribe();

    let (outward, arrivals) = bus::connect().await?;
    let reuse = config.reuse_of_answers();
    let authority = Polkit::new(&outward, arrivals, reuse, since_boot).await?;
    let seats = Seats::new(&outward).await?;
    let host = UserName::new(HOST_USER).ok_or("the name of the host user is not valid")?;
    let service = Arc::new(Service::new(
        Adapters {
            tpm,
            authority,
            store,
            uses,
            counts,
            seats,
        },
        config.limits(),
        host,
    ));
    settings::set(&service, &config);
    service.restore_counts(kept);
    service.restore_changes(changes).await;
    let place = TpmPlace {
        device: config.tpm.to_string(),
        parent_handle: PARENT_HANDLE,
    };
    give_up_system_calls();
    let server = Server::start(&outward, Arc::clone(&service), place, status).await?;
    sd_notify::notify(&[NotifyState::Ready])?;
    tracing::info!("ready");
    read_behind(read_rest, &only_broker);

    tokio::select! {
        stopped = stop::stopped(&server) => if let Err(lost) = stopped {
            service.ports.uses().finish().await;
            return Err(lost);
        },
        never = reload.at_each_hangup(&service) => match never {},
        never = watchdog::feed(&outward, &server) => match never {},
        never = forget::forget(&outward, Arc::clone(&service), occasions) => match never {},
        never = keep_by_use::keep_by_use(Arc::clone(&service)) => match never {},
    }
    sd_notify::notify(&[NotifyState::Stopping])?;
    stop::finish(&server, &service).await;
    service.forget_pins();
    Ok(())
}

fn give_up_system_calls() {
    if let Err(cause) = system_calls::give_up() {
        tracing::warn!(%cause, "the broker keeps system calls that it does not need");
    }
}

/// Reads the keys that no request needed yet, while requests are served. No other broker has the
/// store before that is over.
fn read_behind(read_rest: impl FnOnce() + Send + 'static, only_broker: &Arc<Lock>) {
    let still_only = Arc::clone(only_broker);
    tokio::task::spawn_blocking(move || {
        read_rest();
        drop(still_only);
    });
}

/// Starts the thread that owns the TPM, and gives it the time for a first look.
async fn start_tpm(config: &Config) -> Result<TpmThread, Box<dyn Error>> {
    let tpm = TpmThread::start(config.tpm.clone(), config.timing(), queue_bounds(config))?;
    let mut status = tpm.subscribe();
    let looked = status.wait_for(|status| status.state != TpmState::Starting);
    drop(tokio::time::timeout(FIRST_LOOK, looked).await);
    Ok(tpm)
}
