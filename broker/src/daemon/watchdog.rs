//! Feeds the service manager's watchdog as long as the broker serves.
//!
//! The broker calls itself over the bus, so the check covers its connections, the bus daemon and
//! its own dispatching. It leaves out the TPM: `tpm/state.rs` watches that, and a new process
//! could not help a TPM that hangs.

use std::convert::Infallible;
use std::future::pending;
use std::time::Duration;

use sd_notify::NotifyState;
use sshtpm_dbus::OBJECT_PATH;
use tokio::time::MissedTickBehavior;

use super::adapters::Adapters;
use crate::bus::Server;

/// Pings in one period of the watchdog, as sd_watchdog_enabled(3) recommends.
const PINGS: u32 = 2;

/// Tells the service manager, if it wants to know, at each half of its time.
pub(super) async fn feed(outward: &zbus::Connection, server: &Server<Adapters>) -> Infallible {
    let limit = sd_notify::watchdog_enabled().unwrap_or_default();
    let period = limit / PINGS;
    if period.is_zero() {
        return pending().await;
    }
    let mut ticks = tokio::time::interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        match ping(outward, server, period / PINGS).await {
            Ok(()) => notify(),
            Err(cause) => tracing::warn!(%cause, "the broker cannot reach itself over the bus"),
        }
    }
}

async fn ping(
    outward: &zbus::Connection,
    server: &Server<Adapters>,
    limit: Duration,
) -> Result<(), NoAnswer> {
    let name = server.unique_name().ok_or(NoAnswer::NoName)?;
    let call = outward.call_method(
        Some(name.as_str()),
        OBJECT_PATH,
        Some("org.freedesktop.DBus.Peer"),
        "Ping",
        &(),
    );
    tokio::time::timeout(limit, call).await??;
    Ok(())
}

fn notify() {
    if let Err(cause) = sd_notify::notify(&[NotifyState::Watchdog]) {
        tracing::warn!(%cause, "cannot notify the service manager's watchdog");
    }
}

/// Why a ping failed, for the journal.
#[derive(Debug, thiserror::Error)]
enum NoAnswer {
    #[error("the bus has not given the broker a name")]
    NoName,
    #[error("no answer in time")]
    Late(#[from] tokio::time::error::Elapsed),
    #[error("{0}")]
    Bus(#[from] zbus::Error),
}
