//! The endorsement keys of the TPM, by which the machine is told from every other one.
//!
//! Purpose: find them with their certificates ([`find`]), and use one to show that another key is
//! in the same TPM ([`activate`]). May touch: the NV indices of the TCG for certificates,
//! persistent objects of the endorsement hierarchy, and keys that the TPM derives from the TCG's
//! templates. Must never leave one of those in the TPM, or say what is in them to the journal.
//!
//! The broker parses no certificate. It looks whether the bits of a key are in one; the verifier
//! does all else.
//!
//! Specs: TCG EK Credential Profile for TPM Family 2.0, version 2.5: §2.2 (NV indices), annex B
//! (templates).

pub(super) mod activate;
mod certificates;
mod ek_session;
mod find;
mod indices;
mod persistent;
mod place;
mod ready;
mod split;
mod template;

use super::device::Device;
use super::failure::Failure;
use super::jobs::Operation;
use sshtpm_core::endorsement::{EndorsementKey, MachineIdentity};

/// Finds the endorsement keys and reads their certificates.
pub(super) struct FindIdentity;

impl Operation for FindIdentity {
    type Output = MachineIdentity;

    fn run(&self, device: &mut Device) -> Result<MachineIdentity, Failure> {
        let chain = certificates::chain(device.context())?;
        let found = find::find(device, |_| false)?.into_iter();
        let endorsement_keys = found.map(|found| EndorsementKey {
            public: found.area.into(),
            certificate: found.certificate.map(Into::into),
        });
        Ok(MachineIdentity {
            endorsement_keys: endorsement_keys.collect(),
            chain,
        })
    }
}
