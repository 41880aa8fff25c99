//! When the broker has the TPM keep keys by their use: as soon as a key was used often enough or
//! the configuration changed, and once a minute, if nothing waits for the TPM.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::MissedTickBehavior;

use super::adapters::Adapters;
use sshtpm_core::by_use::LOOK;
use sshtpm_core::ports::{Keeping as _, Ports as _};
use sshtpm_core::service::Service;

/// How long the broker waits for a moment in which nothing waits for the TPM. One that is never
/// idle gains most from a change, and each is one job.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often it looks for that moment.
const STEP: Duration = Duration::from_millis(20);

/// Runs as long as the broker does.
pub(super) async fn keep_by_use(service: Arc<Service<Adapters>>) -> Infallible {
    let mut ticks = tokio::time::interval(LOOK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = service.keeping_has_work() => {}
        }
        while make_one_change(&service).await {}
    }
}

/// Returns whether there may be a further one.
async fn make_one_change(service: &Arc<Service<Adapters>>) -> bool {
    drop(tokio::time::timeout(PATIENCE, is_idle(service)).await);
    let service = Arc::clone(service);
    // It is carried to its end even if the broker is told to stop, which begins no further one.
    let change = tokio::spawn(async move { service.keep_by_use().await });
    change.await.unwrap_or_else(|cause| {
        tracing::error!(%cause, "a change of the keys that the TPM keeps by use was aborted");
        false
    })
}

async fn is_idle(service: &Service<Adapters>) {
    while !service.ports.tpm().is_idle() {
        tokio::time::sleep(STEP).await;
    }
}
