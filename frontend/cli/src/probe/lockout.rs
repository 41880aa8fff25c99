//! How close the TPM is to its dictionary-attack lockout.
//!
//! May touch: the broker's method `GetLockout`.

use std::collections::HashMap;

use sshtpm_dbus::{BUS_NAME, OBJECT_PATH, TPM_INTERFACE, WireLockout};
use sshtpm_ssh::tpm::Lockout;
use zbus::{Proxy, Variant};

use super::bus::{Bus, NoAnswer};

/// Asks the TPM, by way of the broker.
///
/// # Errors
///
/// There is no answer.
pub(crate) async fn ask(bus: &Bus) -> Result<Lockout, NoAnswer> {
    // Not by the proxy, which would let a person be asked for a password.
    let tpm = Proxy::new(&bus.connection, BUS_NAME, OBJECT_PATH, TPM_INTERFACE).await?;
    let options: HashMap<&str, Variant<'_>> = HashMap::new();
    let WireLockout(lockout) = tpm.call("GetLockout", &(options,)).await?;
    Ok(lockout)
}
