//! The one connection of the agent to the broker.
//!
//! May touch: the system bus, and the channel to the broker.

use std::sync::Arc;
use std::time::Duration;

use sshtpm_client::{Broker, Bus as SystemBus};
use sshtpm_dbus::Error;
use sshtpm_ssh::error_kind::ErrorKind;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

/// How long connecting to the bus may take. Its socket is on this machine.
const MAX_CONNECT: Duration = Duration::from_secs(10);

/// The connection, made when it is first needed and again after it closed. Cloning shares it.
#[derive(Clone, Debug, Default)]
pub(super) struct Bus(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    broker: Option<Broker>,
    failed: Option<(Instant, Error)>,
}

impl Bus {
    /// Makes `call`, and makes it once more if the broker ended during it: it may be repeated, or
    /// at worst a second signature is thrown away.
    ///
    /// # Errors
    ///
    /// Those of `call`, or the broker cannot be reached.
    pub(super) async fn call<T>(
        &self,
        call: impl AsyncFn(&Broker) -> zbus::Result<T>,
    ) -> Result<T, Error> {
        let broker = self.broker().await?;
        match call(&broker).await {
            Err(_) if broker.is_closed() => Ok(call(&self.broker().await?).await?),
            answer => Ok(answer?),
        }
    }

    /// The broker, at the other end of an open connection.
    ///
    /// # Errors
    ///
    /// The system bus cannot be reached, or does not answer in time.
    pub(super) async fn broker(&self) -> Result<Broker, Error> {
        let arrived = Instant::now();
        let mut bus = self.0.lock().await;
        if let Some(broker) = bus.broker.as_ref().filter(|broker| !broker.is_closed()) {
            return Ok(broker.clone());
        }
        // Requests that waited while an attempt failed share its error, instead of each waiting
        // anew.
        if let Some((_, error)) = bus.failed.as_ref().filter(|(at, _)| *at >= arrived) {
            return Err(error.clone());
        }
        bus.broker = None;
        let made = connect().await;
        match &made {
            Ok(broker) => bus.broker = Some(broker.clone()),
            Err(error) => bus.failed = Some((Instant::now(), error.clone())),
        }
        made
    }
}

async fn connect() -> Result<Broker, Error> {
    match timeout(MAX_CONNECT, SystemBus::connect()).await {
        Ok(bus) => Broker::at(bus?).await,
        Err(_) => Err(Error::new(
            ErrorKind::BrokerUnavailable,
            "the system bus does not answer; see `systemctl status dbus`",
        )),
    }
}
