//! When the broker stops, and what it still does then.

use std::error::Error;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

use super::adapters::Adapters;
use crate::bus::Server;
use sshtpm_core::ports::Ports as _;
use sshtpm_core::service::Service;

/// Returns when the broker is told to stop, or the bus is lost.
pub(super) async fn stopped(server: &Server<Adapters>) -> Result<(), Box<dyn Error>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => Ok(()),
        _ = interrupt.recv() => Ok(()),
        lost = server.keep() => Err(lost.into()),
    }
}

/// How long the broker waits for requests under way when it is told to stop. It does not wait for
/// a person.
const FINISH_LIMIT: Duration = Duration::from_secs(3);

/// How often the broker checks whether they are done.
const FINISH_STEP: Duration = Duration::from_millis(10);

/// Releases the bus name, so that the bus starts another broker for the next caller, and finishes
/// the requests under way.
pub(super) async fn finish(server: &Server<Adapters>, service: &Service<Adapters>) {
    server.release_name().await;
    let idle = async {
        while !service.is_idle() {
            tokio::time::sleep(FINISH_STEP).await;
        }
    };
    if tokio::time::timeout(FINISH_LIMIT, idle).await.is_err() {
        tracing::warn!("stopping with requests under way");
    }
    service.ports.uses().finish().await;
    service.keep_changed_counts().await;
    service.ports.tpm().let_go().await;
    tracing::info!("stopped");
}
