//! TPM2_Create (TPM 2.0 Part 3, §12.1) of a key with which the TPM signs what it states.

use super::device::Device;
use super::failure::{Cause, Failure, sort};
use super::jobs::Operation;
use super::{create, load, template};
use sshtpm_core::attestation::AttestationKey;
use sshtpm_core::key::{KeyBlob, PrivatePart};

/// Makes an attestation key. Nothing stays in the TPM.
pub(super) struct MakeAttestationKey;

impl Operation for MakeAttestationKey {
    type Output = AttestationKey;

    fn run(&self, device: &mut Device) -> Result<AttestationKey, Failure> {
        let template = template::attestation_key().map_err(sort("template"))?;
        let created = device.with_room(|base| create::create(base, template.clone()))?;
        create::check_parent(created.creation_data, device.parent_name())?;
        let blob = load::to_blob(&created.out_public, &created.out_private)?;
        let parent = device.parent_name().clone();
        let key = match blob {
            KeyBlob {
                public,
                private: PrivatePart::Wrapped(private),
            } => AttestationKey::new(public, private, parent),
            _ => None,
        };
        key.ok_or_else(|| {
            let answer = "a key that is not an attestation key".to_owned();
            Failure::Other(Cause {
                command: "TPM2_Create",
                answer,
            })
        })
    }
}
