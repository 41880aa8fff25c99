//! Taking a key from one of our handles (TPM 2.0 Part 3, §28.5, TPM2_EvictControl).

use std::sync::Arc;

use tss_esapi::handles::KeyHandle;
use tss_esapi::interface_types::dynamic_handles;
use tss_esapi::interface_types::resource_handles::Provision;
use tss_esapi::interface_types::session_handles::AuthSession;

use super::object::{find, place};
use crate::tpm::connection::Connection;
use crate::tpm::device::Device;
use crate::tpm::failure::{Failure, sort_with_owner};
use crate::tpm::jobs::Operation;
use sshtpm_core::by_use::Why;
use sshtpm_core::key::KeyRecord;
use sshtpm_core::persistent::{OwnHandle, Persistent};

/// Takes a key out of the TPM. It is no failure if it is not there.
pub(in crate::tpm) struct Evict {
    pub(in crate::tpm) record: Arc<KeyRecord>,
    pub(in crate::tpm) persistent: Arc<Persistent>,
    /// Why, if nobody asked for it.
    pub(in crate::tpm) why: Option<Why>,
}

impl Operation for Evict {
    type Output = ();

    fn run(&self, device: &mut Device) -> Result<(), Failure> {
        let handle = self.persistent.handle;
        let (connection, places) = device.places();
        places.forget(connection, handle);
        let Some(object) = find(connection, handle, &self.record.key.blob)? else {
            tracing::info!(%handle, "the TPM no longer kept the key");
            return Ok(());
        };
        evict(connection, handle, object)?;
        let (record, why) = (&self.record, self.why.map(tracing::field::display));
        tracing::info!(
            %handle, key = %record.fingerprint(), owner = %record.owner, why,
            "the TPM no longer keeps a key"
        );
        Ok(())
    }
}

/// Takes an object out that was found at `handle`, and closes it.
pub(super) fn evict(
    connection: &mut Connection,
    handle: OwnHandle,
    object: KeyHandle,
) -> Result<(), Failure> {
    let place = dynamic_handles::Persistent::Persistent(place(handle)?);
    let context = connection.context();
    let evicted = context.execute_with_session(Some(AuthSession::Password), |context| {
        context.evict_control(Provision::Owner, object.into(), place)
    });
    match evicted {
        Ok(_none) => Ok(()),
        Err(error) => {
            connection.forget(object);
            Err(sort_with_owner("TPM2_EvictControl")(error))
        }
    }
}
