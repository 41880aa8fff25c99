//! Keys that the TPM itself keeps: using one takes one command, where a blob takes several.
//!
//! Purpose: find such a key, sign with it, put it there ([`persist`]) and take it out ([`evict`]).
//! May touch: objects at [`OwnHandle`](sshtpm_core::persistent::OwnHandle)s. Must never use an
//! object of which the Name is not that of the key in the record, and never let a user wait or
//! fail for one that is not there: the blob does all that it does.
//!
//! Members of group `tss` can send commands to an object here, so it has a random authorization
//! value. That is in clear on the chip's bus at each use, as it is what makes one command of it:
//! see docs/THREAT-MODEL.md.
//!
//! Specs: TPM 2.0 Part 1, "Names", "Password Authorizations"; Part 3, §28.5 (TPM2_EvictControl).

pub(super) mod evict;
mod object;
pub(super) mod persist;
pub(super) mod places;
pub(super) mod room;
mod unnamed;

use std::sync::Arc;

use tss_esapi::handles::KeyHandle;

use super::connection::{Connection, Loaded};
use super::device::Device;
use super::failure::{Failure, sort};
use super::wanted::Wanted;
use object::{find, to_auth};
use places::Places;
use sshtpm_core::key::KeyRecord;
use sshtpm_core::persistent::Persistent;
use sshtpm_core::signature::RawSignature;

/// Signs with a key where the TPM keeps it. `None`: the TPM does not keep it, or no longer does.
///
/// # Errors
///
/// The connection is lost.
pub(super) fn sign(
    device: &mut Device,
    record: &KeyRecord,
    wanted: &Wanted,
) -> Result<Option<RawSignature>, Failure> {
    let Some(persistent) = &record.key.persistent else {
        return Ok(None);
    };
    // A key whose parent is gone is lost, and said to be; it does not half live on.
    if record.key.derivation().is_none() && record.key.parent != *device.parent_name() {
        return Ok(None);
    }
    let signed = match try_sign(device, record, persistent, wanted) {
        // Another program has filled the chip. What is ours and ready there can go.
        Err(Failure::Exhausted(_)) => {
            device.let_go()?;
            try_sign(device, record, persistent, wanted)
        }
        signed => signed,
    };
    match signed {
        Err(failure) if failure.wants_new_connection() => Err(failure),
        Err(failure) => {
            give_up(device, persistent, &failure.to_string());
            Ok(None)
        }
        signed => signed,
    }
}

/// Whether the TPM keeps a key, as far as is known.
pub(super) fn is_kept(device: &mut Device, record: &KeyRecord) -> bool {
    let Some(persistent) = &record.key.persistent else {
        return false;
    };
    let (_, places) = device.places();
    let place = places.get(persistent);
    place.is_none_or(|place| place.object.is_some())
}

/// The object at the key's handle made a signature that the key does not verify.
pub(super) fn distrust(device: &mut Device, record: &KeyRecord) {
    if let Some(persistent) = &record.key.persistent {
        give_up(
            device,
            persistent,
            "the object at its handle signs with another key",
        );
    }
}

fn try_sign(
    device: &mut Device,
    record: &KeyRecord,
    persistent: &Arc<Persistent>,
    wanted: &Wanted,
) -> Result<Option<RawSignature>, Failure> {
    let (connection, places) = device.places();
    let known = places.get(persistent).map(|place| place.object);
    let object = match known {
        Some(object) => object,
        None => look(connection, places, record, persistent)?,
    };
    match object {
        Some(key) => wanted.by(Loaded { connection, key }, &record.key).map(Some),
        None => Ok(None),
    }
}

/// Looks for a key at its handle, at its first use.
fn look(
    connection: &mut Connection,
    places: &mut Places,
    record: &KeyRecord,
    persistent: &Arc<Persistent>,
) -> Result<Option<KeyHandle>, Failure> {
    places.forget(connection, persistent.handle);
    let found = find(connection, persistent.handle, &record.key.blob)?;
    match found {
        Some(found) => {
            let auth = to_auth(&persistent.auth)?;
            let set = connection.context().tr_set_auth(found.into(), auth);
            set.map_err(sort("authorization value"))?;
        }
        None => say_so(persistent, "it is not there"),
    }
    places.remember(persistent, found);
    Ok(found)
}

/// Once for each key and connection, as nothing but a new record brings it back.
fn give_up(device: &mut Device, persistent: &Arc<Persistent>, why: &str) {
    say_so(persistent, why);
    let (connection, places) = device.places();
    places.forget(connection, persistent.handle);
    places.remember(persistent, None);
}

fn say_so(persistent: &Persistent, why: &str) {
    let handle = persistent.handle;
    tracing::warn!(
        %handle, why,
        "the TPM no longer keeps this key; the broker loads it from its record, which takes longer"
    );
}
