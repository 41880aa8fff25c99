//! Reads an NV index (TPM 2.0 Part 3, §31.6 TPM2_NV_ReadPublic, §31.13 TPM2_NV_Read).
//!
//! The index authorizes it with its own empty password, so a password of the owner hierarchy is not
//! in the way. Only one that the dictionary-attack protection does not concern is read: for any
//! other, a password that is not empty would be a failed try.

use tss_esapi::Context;
use tss_esapi::constants::{CapabilityType, PropertyTag};
use tss_esapi::handles::{NvIndexHandle, NvIndexTpmHandle, ObjectHandle, TpmHandle};
use tss_esapi::interface_types::resource_handles::NvAuth;
use tss_esapi::interface_types::session_handles::AuthSession;
use tss_esapi::structures::{CapabilityData, NvPublic};
use tss_esapi::{Error, WrapperErrorKind};

use super::place::FIRST_INDEX;
use crate::tpm::capabilities;
use crate::tpm::failure::{Cause, Failure, sort};

/// The most handles that are asked for: the profile's eight keys can have three each, and
/// the 16 of a chain that are read follow.
const MOST_INDICES: u32 = 64;

/// What every TPM reads at once, if it does not say how much: its buffer has 512 bytes at least
/// (TCG PC Client Platform TPM Profile 1.05, §4.6, `MAX_NV_BUFFER_SIZE`).
const LEAST_BUFFER_BYTES: usize = 512;

/// The most that libtss2 takes at once.
const MOST_BUFFER_BYTES: usize = 2048;

/// The indices of the profile that are defined, in the order of their numbers.
pub(super) fn defined(context: &mut Context) -> Result<Vec<u32>, Failure> {
    const COMMAND: &str = "TPM2_GetCapability(NV indices)";
    let (found, _) = context
        .get_capability(CapabilityType::Handles, FIRST_INDEX, MOST_INDICES)
        .map_err(sort(COMMAND))?;
    match found {
        CapabilityData::Handles(handles) => {
            Ok(handles.into_inner().into_iter().map(u32::from).collect())
        }
        _ => {
            let answer = "something that is not a list of handles".to_owned();
            Err(Failure::Other(Cause {
                command: COMMAND,
                answer,
            }))
        }
    }
}

/// How much can be read at once.
pub(super) fn buffer_bytes(context: &mut Context) -> Result<usize, Failure> {
    let properties = capabilities::properties(context, PropertyTag::NvBufferMax, 1)?;
    let buffer = properties.find(PropertyTag::NvBufferMax);
    let bytes = buffer.and_then(|buffer| usize::try_from(buffer.value()).ok());
    let bytes = bytes.filter(|bytes| *bytes > 0);
    Ok(bytes.unwrap_or(LEAST_BUFFER_BYTES).min(MOST_BUFFER_BYTES))
}

/// What is in an index. `None`: it has more than `most` bytes, nothing yet, asks for more than an
/// empty password, or the TPM refuses it for another reason. One bad index is none for the others.
pub(super) fn read(
    context: &mut Context,
    index: u32,
    buffer: usize,
    most: usize,
) -> Result<Option<Vec<u8>>, Failure> {
    let reason = match find_and_read(context, index, buffer, most) {
        Err(failure) if !failure.wants_new_connection() => failure.to_string(),
        Ok(None) => "its length or its attributes".to_owned(),
        content => return content,
    };
    tracing::info!(
        index = format!("{index:#010x}"),
        reason,
        "this NV index is not read"
    );
    Ok(None)
}

fn find_and_read(
    context: &mut Context,
    index: u32,
    buffer: usize,
    most: usize,
) -> Result<Option<Vec<u8>>, Failure> {
    let place = NvIndexTpmHandle::new(index).map_err(sort("NV index"))?;
    let found = context
        .tr_from_tpm_public(TpmHandle::NvIndex(place))
        .map_err(sort("TPM2_NV_ReadPublic"))?;
    let content = read_open(context, NvIndexHandle::from(found), buffer, most);
    close(context, found);
    content
}

fn read_open(
    context: &mut Context,
    index: NvIndexHandle,
    buffer: usize,
    most: usize,
) -> Result<Option<Vec<u8>>, Failure> {
    let (public, _) = context
        .nv_read_public(index)
        .map_err(sort("TPM2_NV_ReadPublic"))?;
    let length = public.data_size();
    if !is_open_to_all(&public) || length == 0 || length > most {
        return Ok(None);
    }
    let mut content = Vec::with_capacity(length);
    while content.len() < length {
        let step = buffer.min(length - content.len());
        let (size, offset) = (uint16(step)?, uint16(content.len())?);
        let part = context.execute_with_session(Some(AuthSession::Password), |context| {
            context.nv_read(NvAuth::NvIndex(index), index, size, offset)
        });
        let part = part.map_err(sort("TPM2_NV_Read"))?;
        if part.value().len() != step {
            return Err(Failure::Other(Cause {
                command: "TPM2_NV_Read",
                answer: "fewer bytes than were asked for".to_owned(),
            }));
        }
        content.extend_from_slice(part.value());
    }
    Ok(Some(content))
}

fn is_open_to_all(public: &NvPublic) -> bool {
    let attributes = public.attributes();
    attributes.auth_read()
        && attributes.no_da()
        && attributes.written()
        && !attributes.read_locked()
}

fn uint16(number: usize) -> Result<u16, Failure> {
    u16::try_from(number).map_err(|_| {
        Failure::Other(Cause {
            command: "TPM2_NV_Read",
            answer: "an index that is longer than can be read".to_owned(),
        })
    })
}

fn close(context: &mut Context, mut index: ObjectHandle) {
    match context.tr_close(&mut index) {
        // `tss_esapi` 7.7 closes it and complains that it was not flushed.
        Ok(()) | Err(Error::WrapperError(WrapperErrorKind::InvalidHandleState)) => {}
        Err(error) => tracing::debug!(%error, "libtss2 did not know what it should forget"),
    }
}
