//! At the end of the process nothing of it stays in the TPM.

use super::device::Device;
use super::failure::Failure;
use super::jobs::Operation;

/// Flushes what would stay.
pub(super) struct LetGo;

impl Operation for LetGo {
    type Output = ();

    const OPENS_THE_TPM: bool = false;

    fn run(&self, device: &mut Device) -> Result<(), Failure> {
        device.let_go()
    }
}
