//! The caller's keys.
//!
//! May touch: the broker's method `List`.

use std::collections::HashMap;

use sshtpm_dbus::{BUS_NAME, KEYS_INTERFACE, KeyInfo, OBJECT_PATH};
use zbus::{Proxy, Variant};

use super::bus::{Bus, NoAnswer};
use super::polkit::{Permission, Permissions};

/// Why the keys are not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unlisted {
    /// There is no broker to ask.
    NoBroker,
    /// The broker would have to ask polkit, which does not let it.
    NotAsked,
    /// The broker answers with an error.
    Refused(NoAnswer),
}

/// The caller's keys.
pub(crate) type Keys = Result<Vec<KeyInfo>, Unlisted>;

/// Asks for the keys, unless polkit has said already that it would be in vain.
///
/// # Errors
///
/// They are not known.
pub(crate) async fn ask(bus: &Bus, permissions: &Result<Permissions, NoAnswer>) -> Keys {
    let may_list = matches!(
        permissions,
        Ok(Permissions::Registered {
            list: Permission::Granted,
            ..
        })
    );
    if !may_list {
        return Err(Unlisted::NotAsked);
    }
    list(bus).await.map_err(Unlisted::Refused)
}

/// Asks for the keys, if polkit lets them be listed without a password.
///
/// # Errors
///
/// The broker refuses or does not answer.
pub(crate) async fn list(bus: &Bus) -> Result<Vec<KeyInfo>, NoAnswer> {
    // Not by the proxy, which would let a person be asked for a password.
    let keys = Proxy::new(&bus.connection, BUS_NAME, OBJECT_PATH, KEYS_INTERFACE).await?;
    let options: HashMap<&str, Variant<'_>> = HashMap::new();
    Ok(keys.call("List", &(options,)).await?)
}
