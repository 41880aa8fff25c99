//! The state of the protection against dictionary attacks: one TPM2_GetCapability (TPM 2.0 Part 3,
//! §30.2).

use tss_esapi::constants::PropertyTag;

use super::capabilities;
use super::device::Device;
use super::failure::{Cause, Failure};
use super::jobs::Operation;
use sshtpm_core::requests::GetLockout;
use sshtpm_ssh::tpm::Lockout;

/// TPM_PT_PERMANENT to TPM_PT_LOCKOUT_RECOVERY are eighteen properties in a row (TPM 2.0 Part 2,
/// §6.13), so one command reads them. A TPM that lacks some of them goes on with later ones.
const PROPERTIES: u32 = 18;

/// TPMA_PERMANENT, inLockout (TPM 2.0 Part 2, §8.6).
const IN_LOCKOUT: u32 = 1 << 9;

impl Operation for GetLockout {
    type Output = Lockout;

    fn run(&self, device: &mut Device) -> Result<Lockout, Failure> {
        read(device)
    }
}

/// Asks the TPM.
pub(super) fn read(device: &mut Device) -> Result<Lockout, Failure> {
    let properties =
        capabilities::properties(device.context(), PropertyTag::Permanent, PROPERTIES)?;
    let value = |tag| match properties.find(tag) {
        Some(property) => Ok(property.value()),
        None => Err(missing(tag)),
    };
    Ok(Lockout {
        counter: value(PropertyTag::LockoutCounter)?,
        max_tries: value(PropertyTag::MaxAuthFail)?,
        recovery_seconds: value(PropertyTag::LockoutInterval)?,
        lockout_recovery_seconds: value(PropertyTag::LockoutRecovery)?,
        in_lockout: value(PropertyTag::Permanent)? & IN_LOCKOUT != 0,
    })
}

/// 0 would be an answer, and a wrong one.
fn missing(tag: PropertyTag) -> Failure {
    Failure::Other(Cause {
        command: "TPM2_GetCapability(properties)",
        answer: format!("a list without {tag:?}"),
    })
}
