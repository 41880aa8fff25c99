//! Sealed keys that are no longer kept ready: they were deleted or forbidden, or the machine
//! sleeps.

use std::sync::Arc;
use std::time::Duration;

use super::device::Device;
use super::failure::Failure;
use super::jobs::Job;
use sshtpm_core::error::TpmError;
use sshtpm_core::key::KeyRecord;
use sshtpm_core::queue::Waiting;

/// Wipes one sealed key, or all.
pub(super) struct Wipe {
    pub(super) record: Option<Arc<KeyRecord>>,
    pub(super) limit: Duration,
}

impl Waiting for Wipe {
    fn is_wanted(&self) -> bool {
        true
    }
}

impl Job for Wipe {
    fn limit(&self) -> Duration {
        self.limit
    }

    /// Nothing is kept ready of a TPM that is not open.
    fn opens_the_tpm(&self) -> bool {
        false
    }

    fn run(&mut self, device: &mut Device) -> Result<(), Failure> {
        match &self.record {
            Some(record) => device.drop_ready(record),
            None => {
                device.drop_seeds();
                Ok(())
            }
        }
    }

    fn fail(self: Box<Self>, error: TpmError) {
        tracing::debug!(%error, "sealed keys were not wiped");
    }
}
