//! The port to whoever holds the keys, and the broker behind it.
//!
//! May touch: the system bus. Must never send a request twice: whether it was carried out already
//! cannot be known.

use std::collections::HashMap;
use std::time::Duration;

use sshtpm_dbus::{Error, ErrorKind, KeyInfo};
use tokio::sync::{Mutex, Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout};

use crate::broker::Broker;

/// What an agent needs of whoever holds the keys of its user.
pub(crate) trait Keys {
    /// All keys, whether they can be used or not.
    async fn list(&self) -> Result<Vec<KeyInfo>, Error>;

    /// Signs `data`, of 0 to [`sshtpm_dbus::MAX_SIGN_DATA_BYTES`] bytes, with the key of that
    /// fingerprint, and returns the signature blob (RFC 4253 §6.6). `flags` are those of RFC 9987,
    /// "Signature Flags".
    async fn sign(&self, fingerprint: &str, data: &[u8], flags: u32) -> Result<Vec<u8>, Error>;
}

/// Most requests at the broker at the same time. A person can be asked about a few things at
/// once; the TPM does one after the other anyway.
const MAX_REQUESTS_AT_BROKER: usize = 16;

/// How long a request waits until it may go to the broker.
const MAX_WAIT: Duration = Duration::from_secs(60);

/// How long making a connection to the bus may take: it is a socket on this machine.
const MAX_CONNECT: Duration = Duration::from_secs(10);

/// The keys of the user as whom the agent runs, at `sshtpm-broker`.
#[derive(Debug)]
pub(super) struct BrokerKeys {
    places: Semaphore,
    bus: Mutex<Bus>,
}

/// The one connection of the agent to the bus; made when it is first needed.
#[derive(Debug, Default)]
struct Bus {
    broker: Option<Broker>,
    failed: Option<(Instant, Error)>,
}

impl BrokerKeys {
    /// Connects to nothing yet, so that an agent can start before the bus does.
    pub(super) fn new() -> Self {
        Self {
            places: Semaphore::new(MAX_REQUESTS_AT_BROKER),
            bus: Mutex::default(),
        }
    }

    async fn place(&self) -> Result<SemaphorePermit<'_>, Error> {
        match timeout(MAX_WAIT, self.places.acquire()).await {
            Ok(Ok(place)) => Ok(place),
            Ok(Err(_)) | Err(_) => Err(Error::new(
                ErrorKind::LimitsExceeded,
                format!(
                    "{MAX_REQUESTS_AT_BROKER} earlier requests are not answered yet; \
                     answer what you are asked, or end the programs that wait"
                ),
            )),
        }
    }

    async fn broker(&self) -> Result<Broker, Error> {
        let arrived = Instant::now();
        let mut bus = self.bus.lock().await;
        if let Some(broker) = bus.broker.as_ref().filter(|broker| !broker.is_closed()) {
            return Ok(broker.clone());
        }
        // Whoever waited while an attempt failed shares its outcome, or each would wait anew.
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

impl Keys for BrokerKeys {
    async fn list(&self) -> Result<Vec<KeyInfo>, Error> {
        let _place = self.place().await?;
        let broker = self.broker().await?;
        Ok(broker.keys().list(&HashMap::new()).await?)
    }

    async fn sign(&self, fingerprint: &str, data: &[u8], flags: u32) -> Result<Vec<u8>, Error> {
        let _place = self.place().await?;
        let broker = self.broker().await?;
        let options = HashMap::new();
        let signed = broker.keys().sign(fingerprint, data, flags, &options);
        Ok(signed.await?)
    }
}

async fn connect() -> Result<Broker, Error> {
    match timeout(MAX_CONNECT, Broker::connect()).await {
        Ok(made) => made,
        Err(_) => Err(Error::new(
            ErrorKind::BrokerUnavailable,
            "the system bus does not answer; see `systemctl status dbus`",
        )),
    }
}
