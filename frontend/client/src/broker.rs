//! The connection to `sshtpm-broker` over the system bus.
//!
//! May touch: the system bus. Must never repeat a call: only the caller knows whether a request
//! may be sent twice.

use std::time::Duration;

use sshtpm_dbus::{Error, KeysProxy, TpmProxy};
use sshtpm_ssh::limits::MAX_INTERACTIVE_SECONDS;
use zbus::proxy::CacheProperties;

/// A connection to the broker over the system bus.
///
/// The bus starts the broker if necessary, and finds a restarted broker by its name. A `Broker`
/// therefore works until the connection to the bus closes (see [`Broker::is_closed`]). A call
/// fails after [`MAX_INTERACTIVE_SECONDS`] seconds, which include the time for polkit's
/// questions. Cloning is cheap and shares the connection.
#[derive(Debug, Clone)]
pub struct Broker {
    connection: zbus::Connection,
    keys: KeysProxy<'static>,
    tpm: TpmProxy<'static>,
}

impl Broker {
    /// Connects to the system bus, at `DBUS_SYSTEM_BUS_ADDRESS` or its standard address. Does not
    /// start the broker. Sets no limit on the time that connecting takes.
    ///
    /// # Errors
    ///
    /// `BrokerUnavailable`: the system bus cannot be reached, or refuses the connection.
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

    /// The interface `org.sshtpm.Broker1.Keys`: lists, uses and changes keys.
    pub fn keys(&self) -> &KeysProxy<'static> {
        &self.keys
    }

    /// The interface `org.sshtpm.Broker1.Tpm`: shows and administers the TPM.
    pub fn tpm(&self) -> &TpmProxy<'static> {
        &self.tpm
    }

    /// Whether the connection to the bus has closed. If so, call [`Broker::connect`] again.
    pub fn is_closed(&self) -> bool {
        self.connection.is_closed()
    }
}
