//! What the TPM has of persistent objects, and room for (TPM 2.0 Part 2, §6.13,
//! TPM_PT_HR_PERSISTENT_AVAIL).

use std::sync::Arc;

use tss_esapi::constants::PropertyTag;

use super::object::taken;
use super::unnamed;
use crate::tpm::capabilities::properties;
use crate::tpm::device::Device;
use crate::tpm::failure::Failure;
use crate::tpm::jobs::Operation;
use sshtpm_core::by_use::{LEAVE_FREE, Room};
use sshtpm_core::key::KeyRecord;
use sshtpm_core::persistent::OwnHandle;

/// Asks the TPM: two commands. If there is little room, objects go first that a killed broker left.
pub(in crate::tpm) struct FindRoom {
    /// All keys that the TPM keeps.
    pub(in crate::tpm) promoted: Vec<Arc<KeyRecord>>,
}

impl Operation for FindRoom {
    type Output = Room;

    const OPENS_THE_TPM: bool = false;

    fn run(&self, device: &mut Device) -> Result<Room, Failure> {
        let room = read(device)?;
        let is_full = room.free <= LEAVE_FREE || room.taken.len() >= OwnHandle::all().count();
        let may_go = is_full && room.taken.len() > self.promoted.len();
        if may_go && unnamed::remove(device, &self.promoted, None)? {
            return read(device);
        }
        Ok(room)
    }
}

/// A TPM that does not say has no room.
fn read(device: &mut Device) -> Result<Room, Failure> {
    let properties = properties(device.context(), PropertyTag::HrPersistentAvail, 1)?;
    let free = properties.find(PropertyTag::HrPersistentAvail);
    let (connection, _) = device.places();
    Ok(Room {
        free: free.map_or(0, |property| property.value()),
        taken: taken(connection)?,
    })
}
