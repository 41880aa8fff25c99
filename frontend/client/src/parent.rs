//! Reads the key for which private keys are wrapped, after checking that root shows it.
//!
//! May touch: the system bus, or the channel. Must never give out a key that a user other than root
//! shows, because the owner of its private half can read what is wrapped for it.
//!
//! Specs: `ParentPublic` in `org.sshtpm.Broker1.xml`; D-Bus Specification,
//! "org.freedesktop.DBus.Properties".

use sshtpm_dbus::{Error, TPM_INTERFACE, TpmProxy};
use zbus::Variant;

use crate::bus::check_root;

const PROPERTIES_INTERFACE: &str = "org.freedesktop.DBus.Properties";

/// The public area of the TPM's parent key, a TPMT_PUBLIC; empty until the TPM has one. A channel
/// is root's: that was checked when it was opened.
///
/// # Errors
///
/// The broker cannot be reached, or a process that is not root's answers in its name.
pub async fn parent_public(tpm: &TpmProxy<'_>) -> Result<Vec<u8>, Error> {
    let proxy = tpm.inner();
    let connection = proxy.connection();
    let answer = connection
        .call_method(
            Some(proxy.destination()),
            proxy.path(),
            Some(PROPERTIES_INTERFACE),
            "Get",
            &(TPM_INTERFACE, "ParentPublic"),
        )
        .await?;
    if connection.is_bus() {
        check_root(connection, &answer).await?;
    }
    let body = answer.body();
    let value: Variant<'_> = body.deserialize()?;
    Ok(Vec::try_from(value)?)
}
