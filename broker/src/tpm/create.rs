//! TPM2_Create (TPM 2.0 Part 3, §12.1): one command for a new key.

use tss_esapi::interface_types::session_handles::AuthSession;
use tss_esapi::structures::{CreationData, Name};
use tss_esapi::tss2_esys::TPMS_CREATION_DATA;

use super::device::Device;
use super::failure::{Cause, Failure, sort, sort_with_parent};
use super::jobs::Operation;
use super::{load, public_key, template};
use crate::core::algorithm::Algorithm;
use crate::core::key::{ParentName, TpmKey};

/// Makes a key. Nothing stays in the TPM.
pub(super) struct Create {
    algorithm: Algorithm,
}

impl Create {
    pub(super) fn new(algorithm: Algorithm) -> Self {
        Self { algorithm }
    }
}

impl Operation for Create {
    type Output = TpmKey;

    fn run(&self, device: &mut Device) -> Result<TpmKey, Failure> {
        let template = template::signing_key(self.algorithm).map_err(sort("template"))?;
        let parent = device.parent();
        let created = device
            .context()
            .execute_with_session(Some(AuthSession::Password), |context| {
                context.create(parent, template, None, None, None, None)
            })
            .map_err(sort_with_parent("TPM2_Create"))?;
        check_parent(created.creation_data, device.parent_name())?;
        let public = public_key::from_tpm(&created.out_public).ok_or_else(|| {
            let answer = "a public key that is not of the kind asked for".to_owned();
            Failure::Other(Cause {
                command: "TPM2_Create",
                answer,
            })
        })?;
        Ok(TpmKey {
            public,
            parent: device.parent_name().clone(),
            blob: load::to_blob(&created.out_public, &created.out_private)?,
        })
    }
}

/// The TPM says under which parent it made the key (TPM 2.0 Part 2, TPMS_CREATION_DATA). If that is
/// not the one we know, somebody replaced it, and a record with the old Name would be lost at once.
fn check_parent(data: CreationData, expected: &ParentName) -> Result<(), Failure> {
    let data = TPMS_CREATION_DATA::from(data);
    let parent = Name::try_from(data.parentName).map_err(sort("TPMS_CREATION_DATA"))?;
    if ParentName::new(parent.value().to_vec()).as_ref() == Some(expected) {
        return Ok(());
    }
    let answer = "the parent key was replaced".to_owned();
    Err(Failure::ParentChanged(Cause {
        command: "TPM2_Create",
        answer,
    }))
}
