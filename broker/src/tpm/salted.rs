//! A session whose key whoever listens on the chip's bus cannot know: its salt is encrypted to the
//! parent key (TPM 2.0 Part 1, "Session-Based Authorizations", "Session-based Encryption").
//!
//! A PIN that authorizes is part of the key of an HMAC, and one that is a parameter is encrypted, so
//! neither is ever on the bus. Without the salt both could be guessed offline by who recorded it.
//!
//! It is the right parent to which the salt is encrypted: [`Device::parent_name`] is the Name that
//! libtss2 computes (`Esys_TR_GetName`) of the very public area to which it encrypts, and not what
//! the chip, or whoever sits before it, gives as a Name. A key's record says under which Name it was
//! made, and [`super::load`] refuses to go on under another.

use tss_esapi::Context;
use tss_esapi::attributes::SessionAttributesBuilder;
use tss_esapi::constants::SessionType;
use tss_esapi::handles::{KeyHandle, SessionHandle};
use tss_esapi::interface_types::algorithm::HashingAlgorithm;
use tss_esapi::interface_types::session_handles::AuthSession;
use tss_esapi::structures::{Auth, SymmetricDefinition};

use super::device::Device;
use super::failure::{Cause, Failure, sort, sort_with_parent};
use crate::core::pins::Pin;

/// Runs `command` in a session that is there for it alone, and is ended whatever becomes of it.
pub(super) fn in_session<T>(
    device: &mut Device,
    command: impl FnOnce(&mut Context) -> tss_esapi::Result<T>,
    sort_command: impl FnOnce(tss_esapi::Error) -> Failure,
) -> Result<T, Failure> {
    let session = start(device)?;
    let context = device.context();
    let result = encrypting(context, session)
        .and_then(|()| context.execute_with_session(Some(session), command));
    let ended = context.flush_context(SessionHandle::from(session).into());
    let result = result.map_err(sort_command)?;
    ended.map_err(sort("TPM2_FlushContext(session)"))?;
    Ok(result)
}

/// The same, for a command that the PIN of a loaded key authorizes.
pub(super) fn in_session_with_pin<T>(
    device: &mut Device,
    key: KeyHandle,
    pin: &Pin,
    command: impl FnOnce(&mut Context) -> tss_esapi::Result<T>,
    sort_command: impl FnOnce(tss_esapi::Error) -> Failure,
) -> Result<T, Failure> {
    let context = device.context();
    let set = context.tr_set_auth(key.into(), to_auth(pin)?);
    set.map_err(sort("authorization value"))?;
    let result = in_session(device, command, sort_command);
    // libtss2 frees what it knows of a key without wiping it.
    let wiped = device.context().tr_set_auth(key.into(), Auth::default());
    let result = result?;
    wiped.map_err(sort("authorization value"))?;
    Ok(result)
}

/// What the TPM is given for a PIN; it is wiped by itself.
pub(super) fn to_auth(pin: &Pin) -> Result<Auth, Failure> {
    Auth::try_from(pin.as_bytes()).map_err(sort("TPM2B_AUTH"))
}

fn start(device: &mut Device) -> Result<AuthSession, Failure> {
    let parent = device.parent();
    let started = device.context().start_auth_session(
        Some(parent),
        None,
        None,
        SessionType::Hmac,
        SymmetricDefinition::AES_128_CFB,
        HashingAlgorithm::Sha256,
    );
    let session = started.map_err(sort_with_parent("TPM2_StartAuthSession"))?;
    session.ok_or_else(|| {
        let answer = "no session".to_owned();
        Failure::Other(Cause {
            command: "TPM2_StartAuthSession",
            answer,
        })
    })
}

/// The first parameter of each command is encrypted; the session is ended by us, since after a
/// command that failed it would still be there.
fn encrypting(context: &mut Context, session: AuthSession) -> tss_esapi::Result<()> {
    let (attributes, mask) = SessionAttributesBuilder::new()
        .with_decrypt(true)
        .with_continue_session(true)
        .build();
    context.tr_sess_set_attributes(session, attributes, mask)
}
