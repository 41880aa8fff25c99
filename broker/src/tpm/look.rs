//! A look at the TPM: it is opened if it is not, and asked about itself if it was not.

use super::device::Device;
use super::failure::Failure;
use super::jobs::Operation;
use sshtpm_core::tpm_facts::TpmFacts;

/// Tells what the TPM says about itself.
pub(super) struct Look;

impl Operation for Look {
    type Output = TpmFacts;

    fn run(&self, device: &mut Device) -> Result<TpmFacts, Failure> {
        device.examine()
    }
}
