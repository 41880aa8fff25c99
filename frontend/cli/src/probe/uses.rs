//! What the caller's keys were asked for.
//!
//! May touch: the broker's method `GetUses`.

use std::collections::HashMap;

use sshtpm_dbus::{BUS_NAME, KEYS_INTERFACE, KeyUse, OBJECT_PATH};
use zbus::{Proxy, Variant};

use super::bus::Bus;

/// The uses since `time`, in seconds since 1970-01-01 UTC, the oldest first; none if the broker
/// does not tell.
pub(crate) async fn since(bus: &Bus, time: u64) -> Vec<KeyUse> {
    let uses = ask(bus).await.unwrap_or_default();
    uses.into_iter().filter(|used| used.time >= time).collect()
}

/// Not by the proxy, which would let a person be asked for a password.
async fn ask(bus: &Bus) -> zbus::Result<Vec<KeyUse>> {
    let keys = Proxy::new(&bus.connection, BUS_NAME, OBJECT_PATH, KEYS_INTERFACE).await?;
    let options: HashMap<&str, Variant<'_>> = HashMap::new();
    keys.call("GetUses", &(options,)).await
}
