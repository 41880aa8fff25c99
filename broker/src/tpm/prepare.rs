//! A key that will perhaps be used at once is made ready, while somebody is asked whether it may be.
//!
//! Nobody waits for this and nobody is told what came of it: the signature that follows does what is
//! still to be done, and meets whatever this met.

use std::sync::Arc;
use std::time::Duration;

use super::device::Device;
use super::failure::Failure;
use super::jobs::Job;
use super::persistent;
use sshtpm_core::error::TpmError;
use sshtpm_core::key::KeyRecord;
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
        if persistent::is_kept(device, &self.record) || device.ready(&self.record).is_some() {
            return Ok(());
        }
        match device.make_ready(&self.record) {
            Ok(_) => Ok(()),
            // To try a password on the parent twice could lock the TPM, and who does not answer now
            // will not in a moment: both are as they would be without this.
            Err(failure @ (Failure::ParentAuth | Failure::Gone(_))) => Err(failure),
            Err(failure) => {
                tracing::debug!(%failure, "a key was not made ready");
                Ok(())
            }
        }
    }

    fn fail(self: Box<Self>, _error: TpmError) {}
}
