//! The connection to `sshtpm-broker`: a channel of one's own, or the system bus.
//!
//! May touch: the system bus, and the channel. Must never repeat a call: only the caller knows
//! whether a request may be sent twice.
//!
//! Specs: `OpenChannel` in `org.sshtpm.Broker1.xml`.

use sshtpm_dbus::{AttestationProxy, Error, KeysProxy, TpmProxy};
use zbus::proxy::CacheProperties;

use crate::bus::Bus;
use crate::channel;

/// A connection to the broker.
///
/// Calls go through a channel, which no other user shares: a socket from the broker on which both
/// speak D-Bus. A broker that offers none, or has no room for one, is called over the bus. A
/// `Broker` works until it is closed (see [`Broker::is_closed`]); a channel closes when the broker
/// ends. A call fails after [`MAX_INTERACTIVE_SECONDS`] seconds, which include the time for
/// polkit's questions. Cloning is cheap and shares the connection.
///
/// [`MAX_INTERACTIVE_SECONDS`]: sshtpm_ssh::limits::MAX_INTERACTIVE_SECONDS
#[derive(Debug, Clone)]
pub struct Broker {
    /// The broker takes the calls of the channel for those of this connection.
    bus: Bus,
    /// The channel, or the connection to the bus.
    connection: zbus::Connection,
    has_channel: bool,
    keys: KeysProxy<'static>,
    tpm: TpmProxy<'static>,
    attestation: AttestationProxy<'static>,
}

impl Broker {
    /// Connects to the system bus, and over it to the broker; see [`Bus::connect`] and
    /// [`Broker::at`].
    ///
    /// # Errors
    ///
    /// As those.
    pub async fn connect() -> Result<Self, Error> {
        Self::at(Bus::connect().await?).await
    }

    /// Opens a channel to the broker at `bus`, which starts the broker if necessary.
    ///
    /// # Errors
    ///
    /// `BrokerUnavailable`: a process that is not root's answers in the broker's name. What else
    /// stands in the way of a channel also answers the calls that go over the bus then.
    pub async fn at(bus: Bus) -> Result<Self, Error> {
        let channel = channel::open(&bus).await?;
        let has_channel = channel.is_some();
        let connection = channel.unwrap_or_else(|| bus.connection().clone());
        let keys = KeysProxy::builder(&connection)
            .cache_properties(CacheProperties::No)
            .build()
            .await?;
        let tpm = TpmProxy::builder(&connection)
            .cache_properties(CacheProperties::No)
            .build()
            .await?;
        let attestation = AttestationProxy::builder(&connection)
            .cache_properties(CacheProperties::No)
            .build()
            .await?;
        Ok(Self {
            bus,
            connection,
            has_channel,
            keys,
            tpm,
            attestation,
        })
    }

    /// The interface `org.sshtpm.Broker1.Keys`: lists, uses and changes keys.
    pub fn keys(&self) -> &KeysProxy<'static> {
        &self.keys
    }

    /// The interface `org.sshtpm.Broker1.Tpm`: shows and administers the TPM.
    pub fn tpm(&self) -> &TpmProxy<'static> {
        &self.tpm
    }

    /// The interface `org.sshtpm.Broker1.Attestation`: states that keys are in the TPM.
    pub fn attestation(&self) -> &AttestationProxy<'static> {
        &self.attestation
    }

    /// Whether calls go through a channel, and not over the bus.
    pub fn has_channel(&self) -> bool {
        self.has_channel
    }

    /// Whether the connection has closed. If so, call [`Broker::connect`] again.
    pub fn is_closed(&self) -> bool {
        self.connection.is_closed() || self.bus.is_closed()
    }
}
