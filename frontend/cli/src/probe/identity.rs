//! Which endorsement keys the TPM has, as far as that can be asked without a password.
//!
//! May touch: the broker's method `GetIdentity`.

use std::collections::HashMap;

use sshtpm_dbus::{ATTESTATION_INTERFACE, BUS_NAME, MachineIdentity, OBJECT_PATH};
use zbus::{Proxy, Variant};

use super::bus::{Bus, NoAnswer};

/// Asks the TPM, by way of the broker. Only an administrator gets an answer.
///
/// # Errors
///
/// There is no answer.
pub(crate) async fn ask(bus: &Bus) -> Result<MachineIdentity, NoAnswer> {
    // Not by the proxy, which would let a person be asked for a password.
    let connection = &bus.connection;
    let proxy = Proxy::new(connection, BUS_NAME, OBJECT_PATH, ATTESTATION_INTERFACE).await?;
    let options: HashMap<&str, Variant<'_>> = HashMap::new();
    Ok(proxy.call("GetIdentity", &(options,)).await?)
}
