//! Endorsement keys that the TPM itself keeps.

use tss_esapi::constants::CapabilityType;
use tss_esapi::handles::{KeyHandle, PersistentTpmHandle, TpmHandle};
use tss_esapi::structures::{CapabilityData, Public};

use super::place::PERSISTENT;
use super::ready::Ready;
use crate::tpm::connection::Connection;
use crate::tpm::failure::{Failure, sort};

/// The most objects that are looked at: two for each kind of key.
const MOST_OBJECTS: u32 = 16;

/// The objects where endorsement keys are kept. Which of them is one, a certificate tells. An
/// object that cannot be read is left out: it may be of a kind that libtss2 does not know.
pub(super) fn find(
    connection: &mut Connection,
) -> Result<Vec<(PersistentTpmHandle, Public)>, Failure> {
    let (found, _) = connection
        .context()
        .get_capability(CapabilityType::Handles, *PERSISTENT.start(), MOST_OBJECTS)
        .map_err(sort("TPM2_GetCapability(handles)"))?;
    let CapabilityData::Handles(handles) = found else {
        return Ok(Vec::new());
    };
    let handles = handles.into_inner().into_iter().map(u32::from);
    let mut objects = Vec::new();
    for handle in handles.filter(|handle| PERSISTENT.contains(handle)) {
        let handle = PersistentTpmHandle::new(handle).map_err(sort("handle"))?;
        match read(connection, handle) {
            Err(reason) if !reason.wants_new_connection() => {
                let handle = format!("{:#010x}", u32::from(handle));
                tracing::info!(handle, %reason, "this persistent object is not read");
            }
            public => objects.push((handle, public?)),
        }
    }
    Ok(objects)
}

fn read(connection: &mut Connection, handle: PersistentTpmHandle) -> Result<Public, Failure> {
    let ready = open(connection, handle)?;
    let read = connection.context().read_public(ready.key);
    connection.forget(ready.key);
    let (public, ..) = read.map_err(sort("TPM2_ReadPublic(endorsement)"))?;
    Ok(public)
}

/// Makes one known to libtss2.
pub(super) fn open(
    connection: &mut Connection,
    handle: PersistentTpmHandle,
) -> Result<Ready, Failure> {
    let found = connection
        .context()
        .tr_from_tpm_public(TpmHandle::Persistent(handle))
        .map_err(sort("TPM2_ReadPublic(endorsement)"))?;
    Ok(Ready {
        key: KeyHandle::from(found),
        is_persistent: true,
    })
}
