//! The TPM's manufacturer, firmware, algorithms and attributes (TPM2_GetCapability).

use tss_esapi::Context;
use tss_esapi::constants::{CapabilityType, PropertyTag};
use tss_esapi::structures::{CapabilityData, TaggedTpmPropertyList};

use super::failure::{Cause, Failure, is_not_offered, sort};
use super::template;
use sshtpm_ssh::algorithm::Algorithm;

/// Its manufacturer.
pub(super) struct Identity {
    pub(super) manufacturer: String,
    pub(super) firmware: String,
}

/// TPM_PT_MANUFACTURER to TPM_PT_FIRMWARE_VERSION_2 are eight properties in a row (TPM 2.0 Part 2,
/// §6.13), so one command reads them.
const IDENTITY_PROPERTIES: u32 = 8;

pub(super) fn identity(context: &mut Context) -> Result<Identity, Failure> {
    let properties = properties(context, PropertyTag::Manufacturer, IDENTITY_PROPERTIES)?;
    let value = |tag| properties.find(tag).map_or(0, |property| property.value());
    let [a, b, c, d] = value(PropertyTag::FirmwareVersion1).to_be_bytes();
    let [e, f, g, h] = value(PropertyTag::FirmwareVersion2).to_be_bytes();
    let pair = |high, low| u16::from_be_bytes([high, low]);
    Ok(Identity {
        manufacturer: text(value(PropertyTag::Manufacturer)),
        firmware: format!(
            "{}.{}.{}.{}",
            pair(a, b),
            pair(c, d),
            pair(e, f),
            pair(g, h)
        ),
    })
}

/// Whether it can make keys like this.
pub(super) fn offers(context: &mut Context, algorithm: Algorithm) -> Result<bool, Failure> {
    let parameters = template::signing_parameters(algorithm).map_err(sort("template"))?;
    match context.test_parms(parameters) {
        Ok(()) => Ok(true),
        Err(error) if is_not_offered(error) => Ok(false),
        Err(error) => Err(sort("TPM2_TestParms")(error)),
    }
}

/// Whether the owner hierarchy has a password (TPMA_PERMANENT, bit 0).
pub(super) fn owner_has_password(context: &mut Context) -> Result<bool, Failure> {
    let properties = properties(context, PropertyTag::Permanent, 1)?;
    let permanent = properties.find(PropertyTag::Permanent);
    Ok(permanent.is_some_and(|property| property.value() & 1 != 0))
}

/// `count` properties from `first` on, those that there are.
pub(super) fn properties(
    context: &mut Context,
    first: PropertyTag,
    count: u32,
) -> Result<TaggedTpmPropertyList, Failure> {
    let (data, _) = context
        .get_capability(CapabilityType::TpmProperties, first.into(), count)
        .map_err(sort("TPM2_GetCapability(properties)"))?;
    match data {
        CapabilityData::TpmProperties(properties) => Ok(properties),
        _ => {
            let answer = "something that is not a list of properties".to_owned();
            Err(Failure::Other(Cause {
                command: "TPM2_GetCapability(properties)",
                answer,
            }))
        }
    }
}

/// Four characters in one number, padded with NUL or blanks; others are left out.
fn text(number: u32) -> String {
    let characters = number.to_be_bytes().into_iter().map(char::from);
    characters.filter(char::is_ascii_graphic).collect()
}
