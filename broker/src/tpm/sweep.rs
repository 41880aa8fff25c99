//! Removing what a process that died left in the TPM.
//!
//! Only without a resource manager: there, the objects that the broker sees are its own or left
//! over.

use tss_esapi::Context;
use tss_esapi::constants::CapabilityType;
use tss_esapi::constants::tss::{TPM2_LOADED_SESSION_FIRST, TPM2_TRANSIENT_FIRST};
use tss_esapi::structures::CapabilityData;

use super::failure::{Failure, sort};

/// The most handles looked at; a TPM has three slots of each kind, a few more at best.
const MOST_HANDLES: u32 = 64;

pub(super) fn sweep(context: &mut Context) -> Result<(), Failure> {
    for first in [TPM2_TRANSIENT_FIRST, TPM2_LOADED_SESSION_FIRST] {
        let (found, _) = context
            .get_capability(CapabilityType::Handles, first, MOST_HANDLES)
            .map_err(sort("TPM2_GetCapability(handles)"))?;
        let CapabilityData::Handles(handles) = found else {
            continue;
        };
        for handle in handles.into_inner() {
            let object = context
                .tr_from_tpm_public(handle)
                .map_err(sort("TPM2_ReadPublic(left-over)"))?;
            context
                .flush_context(object)
                .map_err(sort("TPM2_FlushContext(left-over)"))?;
        }
    }
    Ok(())
}
