//! The connection to `sshtpm-broker` over the system bus.
//!
//! May touch: the system bus. Must never retry a call on its own: whether a request may be sent
//! twice is for the caller to know.

use std::time::Duration;

use sshtpm_dbus::{Error, KeysProxy, MAX_INTERACTIVE_SECONDS, TpmProxy};
use zbus::proxy::CacheProperties;

/// A connection to the broker. The bus starts the broker if need be, and a broker that was
/// restarted is found again by its name, so a `Broker` stays good as long as the bus itself.
#[derive(Debug, Clone)]
pub struct Broker {
    connection: zbus::Connection,
    keys: KeysProxy<'static>,
    tpm: TpmProxy<'static>,
}

impl Broker {
    /// Connects to the system bus (`DBUS_SYSTEM_BUS_ADDRESS`, or its standard place).
    ///
    /// # Errors
    ///
    /// The system bus cannot be reached.
    pub async fn connect() -> Result<Self, Error> {
        let connection = zbus::connection::Builder::system()
            .method_timeout(Duration::from_secs(MAX_INTERACTIVE_SECONDS))
            .build()
            .await?;
        let keys = KeysProxy::builder(&connection)
            .cache_properties(CacheProperties::No)
            .build()
            .await?;
        let tpm = TpmProxy::builder(&connection)
            .cache_properties(CacheProperties::No)
            .build()
            .await?;
        Ok(Self {
            connection,
            keys,
            tpm,
        })
    }

    /// Interface `org.sshtpm.Broker1.Keys`.
    pub fn keys(&self) -> &KeysProxy<'static> {
        &self.keys
    }

    /// Interface `org.sshtpm.Broker1.Tpm`.
    pub fn tpm(&self) -> &TpmProxy<'static> {
        &self.tpm
    }

    /// Whether the connection to the bus is gone, so that a new one has to be made.
    pub fn is_closed(&self) -> bool {
        self.connection.is_closed()
    }
}
