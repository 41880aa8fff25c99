//! Makes a key ready that may be used soon, while polkit or a person is asked whether it may be.
//!
//! No caller waits for this or learns how it ended: the signature that follows does what is left
//! to do, and fails for the same reason if this failed.

use std::sync::Arc;
use std::time::Duration;

use super::device::Device;
use super::failure::Failure;
use super::jobs::Job;
use super::persistent;
use sshtpm_core::error::TpmError;
use sshtpm_core::key::{KeyRecord, Protection, TpmKey};
use sshtpm_core::queue::Waiting;

/// Makes a key ready.
pub(super) struct Prepare {
    pub(super) record: Arc<KeyRecord>,
    pub(super) limit: Duration,
}

impl Waiting for Prepare {
    fn is_wanted(&self) -> bool {
        true
    }
}

impl Job for Prepare {
    fn limit(&self) -> Duration {
        self.limit
    }

    fn opens_the_tpm(&self) -> bool {
        false
    }

    fn run(&mut self, device: &mut Device) -> Result<(), Failure> {
        if is_unsealed_at_use(&self.record.key)
            || persistent::is_kept(device, &self.record)
            || device.ready(&self.record).is_some()
        {
            return Ok(());
        }
        let ready = match device.bring_back(&self.record) {
            Ok(false) => device.make_ready(&self.record).map(drop),
            back => back.map(drop),
        };
        device.note_derived(&self.record, &ready);
        match ready {
            Ok(()) => Ok(()),
            // To try a password on the parent twice could lock the TPM, and a TPM that does not
            // answer now will not answer a moment later: both fail as they would without this.
            Err(failure @ (Failure::ParentAuth | Failure::Gone(_))) => Err(failure),
            Err(failure) => {
                tracing::debug!(%failure, "a key was not made ready");
                Ok(())
            }
        }
    }

    fn fail(self: Box<Self>, _error: TpmError) {}
}

/// Of such a key nothing stays loaded, and a seed leaves the TPM for a permitted signature alone.
fn is_unsealed_at_use(key: &TpmKey) -> bool {
    key.is_sealed() && key.protection == Protection::Nothing && key.pcrs.is_none()
}
