//! Keys at our handles of which no record knows that they are there.

use std::sync::Arc;

use tss_esapi::handles::KeyHandle;

use super::evict;
use super::object::{at, name_of, taken};
use crate::tpm::connection::Connection;
use crate::tpm::device::Device;
use crate::tpm::failure::{Failure, sort};
use crate::tpm::template;
use sshtpm_core::key::{KeyRecord, Protection};
use sshtpm_core::persistent::OwnHandle;

/// Takes them out, those with this Name alone if there is one. `promoted` are all keys that the TPM
/// keeps by their records. Returns whether there was any.
///
/// No program can use them: the record with their authorization value was deleted while the TPM was
/// away or just before the broker ended, or was never written. Objects that are not like the
/// broker's keys belong to other programs and stay.
pub(super) fn remove(
    device: &mut Device,
    promoted: &[Arc<KeyRecord>],
    only: Option<&[u8]>,
) -> Result<bool, Failure> {
    let (connection, places) = device.places();
    let mut removed = false;
    for handle in taken(connection)? {
        // Otherwise libtss2 would forget the key there together with what is looked at here.
        places.forget(connection, handle);
        let Some((object, name)) = at(connection, handle)? else {
            continue;
        };
        let goes = only.is_none_or(|only| only == name)
            && !is_named(promoted, handle, &name)
            && is_like_ours(connection, object)?;
        if goes {
            evict::evict(connection, handle, object)?;
            tracing::info!(%handle, "removed a key from the TPM that no record names");
            removed = true;
        } else {
            connection.forget(object);
        }
    }
    Ok(removed)
}

fn is_named(promoted: &[Arc<KeyRecord>], handle: OwnHandle, name: &[u8]) -> bool {
    promoted.iter().any(|record| {
        let there = record.key.persistent.as_ref();
        there.is_some_and(|there| there.handle == handle)
            && name_of(&record.key.blob).as_deref() == Some(name)
    })
}

fn is_like_ours(connection: &mut Connection, object: KeyHandle) -> Result<bool, Failure> {
    let read = connection.context().read_public(object);
    let (public, ..) = read.map_err(sort("TPM2_ReadPublic(persistent)"))?;
    let ours = template::attributes(Protection::Nothing).map_err(sort("template"))?;
    Ok(public.object_attributes() == ours)
}
