//! The option `destinations`: from blobs and names to what the core knows.

use crate::bus::front_door::Rejected;
use sshtpm_core::restrictions::{Destination, Destinations, Hop, HostKey, UserPattern};
use sshtpm_ssh::key;

/// # Errors
///
/// A host key cannot be read, or something is too long or too many.
pub(super) fn parse(named: Vec<sshtpm_dbus::Destination>) -> Result<Destinations, Rejected> {
    let destinations = named.into_iter().map(destination);
    let destinations = destinations.collect::<Result<Vec<_>, _>>()?;
    Destinations::new(destinations).map_err(|error| Rejected::invalid(error.to_string()))
}

fn destination(wire: sshtpm_dbus::Destination) -> Result<Destination, Rejected> {
    let invalid = |error| Rejected::invalid(format!("option destinations: {error}"));
    let is_from_here = wire.from_host.is_empty() && wire.from_keys.is_empty();
    let from = (!is_from_here).then(|| hop(wire.from_host, wire.from_keys));
    let user = (!wire.to_user.is_empty()).then(|| UserPattern::new(wire.to_user));
    Ok(Destination {
        from: from.transpose()?,
        user: user.transpose().map_err(invalid)?,
        to: hop(wire.to_host, wire.to_keys)?,
    })
}

fn hop(host: String, keys: Vec<sshtpm_dbus::HostKey>) -> Result<Hop, Rejected> {
    let keys = keys.iter().map(host_key).collect::<Result<_, _>>()?;
    Hop::new(host, keys).map_err(|error| Rejected::invalid(format!("option destinations: {error}")))
}

fn host_key(wire: &sshtpm_dbus::HostKey) -> Result<HostKey, Rejected> {
    let unreadable = |_| Rejected::invalid("option destinations: a host key cannot be read");
    Ok(HostKey {
        key: key::parse(&wire.blob).map_err(unreadable)?,
        is_authority: wire.is_authority,
    })
}
