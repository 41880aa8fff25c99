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

/// Pause before a broker that gave no channel is asked for one again. It may have been ending, or
/// have had no place; until then, a user who keeps the bus busy delays this agent.
const AGAIN: Duration = Duration::from_secs(10);

/// The connection, made when it is first needed and again after it closed. Cloning shares it.
#[derive(Clone, Debug, Default)]
pub(super) struct Bus(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    broker: Option<Broker>,
    /// When a channel was last asked for.
    asked: Option<Instant>,
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
        if let Some(broker) = bus.broker.clone().filter(|broker| !broker.is_closed()) {
            let is_due = bus.asked.is_none_or(|asked| asked.elapsed() >= AGAIN);
            if !broker.has_channel() && is_due {
                bus.asked = Some(Instant::now());
                tokio::spawn(self.clone().ask_again());
            }
            return Ok(broker);
        }
        // Requests that waited while an attempt failed share its error, instead of each waiting
        // anew.
        if let Some((_, error)) = bus.failed.as_ref().filter(|(at, _)| *at >= arrived) {
            return Err(error.clone());
        }
        bus.broker = None;
        bus.asked = Some(Instant::now());
        let made = connect().await;
        match &made {
            Ok(broker) => bus.broker = Some(broker.clone()),
            Err(error) => bus.failed = Some((Instant::now(), error.clone())),
        }
        made
    }

    /// Asks for a channel once more. Calls that are under way stay where they are.
    async fn ask_again(self) {
        match connect().await {
            Ok(broker) if broker.has_channel() => self.0.lock().await.broker = Some(broker),
            _ => {}
        }
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
