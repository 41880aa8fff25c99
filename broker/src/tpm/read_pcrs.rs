//! Reads PCRs for a list, or for a caller: one command for eight of them.

use super::device::Device;
use super::failure::Failure;
use super::jobs::Operation;
use super::pcrs::{self, KnownPcrs};
use sshtpm_ssh::pcr::{PcrSelection, PcrValues};

/// Reads PCRs, for all to know.
pub(super) struct ReadPcrs {
    pub(super) selection: PcrSelection,
    pub(super) known: KnownPcrs,
}

impl Operation for ReadPcrs {
    type Output = PcrValues;

    fn run(&self, device: &mut Device) -> Result<PcrValues, Failure> {
        let values = pcrs::read(device.context(), self.selection)?;
        self.known.remember(&values);
        Ok(values)
    }
}
