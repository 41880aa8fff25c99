//! A look at the TPM: it is opened if it is not, and nothing else.

use super::device::Device;
use super::failure::Failure;
use super::jobs::Operation;
use sshtpm_core::tpm_facts::TpmFacts;

/// Tells what the TPM says about itself.
pub(super) struct Look;

impl Operation for Look {
    type Output = TpmFacts;

    fn run(&self, device: &mut Device) -> Result<TpmFacts, Failure> {
        Ok(device.facts().clone())
    }
}
