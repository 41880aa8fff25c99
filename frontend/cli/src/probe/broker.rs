//! What the broker says of itself and of the TPM.
//!
//! May touch: the broker's properties, which every user may read.

use std::time::Duration;

use sshtpm_dbus::TpmProxy;
use sshtpm_ssh::tpm::TpmState;
use zbus::proxy::CacheProperties;

use super::bus::{Bus, NoAnswer};

/// What the broker says of itself and of the TPM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    /// Its version.
    pub(crate) version: String,
    /// Whether the TPM can be used.
    pub(crate) state: TpmState,
    /// What stands in the way; empty when ready.
    pub(crate) state_reason: String,
    /// Where the TPM is.
    pub(crate) device: String,
    /// Vendor of the TPM.
    pub(crate) manufacturer: String,
    /// Firmware version of the TPM.
    pub(crate) firmware: String,
    /// How long it takes for a P-256 signature, if that is known.
    pub(crate) signature_time: Option<Duration>,
    /// Handle of the parent key.
    pub(crate) parent_handle: u32,
    /// Name of the parent key; empty until the broker has one.
    pub(crate) parent_name: String,
}

/// Asks for the facts.
///
/// # Errors
///
/// There is no answer.
pub(crate) async fn ask(bus: &Bus) -> Result<Facts, NoAnswer> {
    let tpm = proxy(bus).await?;
    Ok(Facts {
        version: tpm.version().await?,
        state: tpm.state().await?.0,
        state_reason: tpm.state_reason().await?,
        device: tpm.device().await?,
        manufacturer: tpm.manufacturer().await?,
        firmware: tpm.firmware().await?,
        signature_time: signature_time(&tpm).await,
        parent_handle: tpm.parent_handle().await?,
        parent_name: tpm.parent_name().await?,
    })
}

/// A broker that knows no time yet says 0, and an older one nothing.
async fn signature_time(tpm: &TpmProxy<'_>) -> Option<Duration> {
    let micros = tpm.signature_time().await.ok()?;
    (micros > 0).then(|| Duration::from_micros(u64::from(micros)))
}

async fn proxy(bus: &Bus) -> zbus::Result<TpmProxy<'static>> {
    TpmProxy::builder(&bus.connection)
        .cache_properties(CacheProperties::No)
        .build()
        .await
}

/// Facts of a healthy machine, for tests.
#[cfg(test)]
pub(crate) fn example() -> Facts {
    Facts {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        state: TpmState::Ready,
        state_reason: String::new(),
        device: "device:/dev/tpmrm0".to_owned(),
        manufacturer: "IFX".to_owned(),
        firmware: "7.85".to_owned(),
        signature_time: None,
        parent_handle: 0x8100_0001,
        parent_name: "000b01".to_owned(),
    }
}
