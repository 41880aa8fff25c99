//! A session whose key a listener on the chip's bus cannot know: its salt is encrypted to the
//! parent key (TPM 2.0 Part 1, "Session-Based Authorizations", "Session-based Encryption").
//!
//! A PIN that authorizes is part of the key of an HMAC, and one that is a parameter is encrypted,
//! so neither is ever on the bus. Without the salt both could be guessed offline from a recording.
//! What is sealed goes to the TPM and comes back encrypted, too.
//!
//! The salt is encrypted to the right parent: [`Connection::parent_name`] is the Name that libtss2
//! computes (`Esys_TR_GetName`) of the very public area to which it encrypts, and not what the
//! chip, or an interposer, gives as a Name. A key's record says under which Name it was made, and
//! [`super::load`] refuses to go on under another.

use tss_esapi::Context;
use tss_esapi::attributes::SessionAttributesBuilder;
use tss_esapi::constants::SessionType;
use tss_esapi::handles::{KeyHandle, SessionHandle};
use tss_esapi::interface_types::algorithm::HashingAlgorithm;
use tss_esapi::interface_types::session_handles::AuthSession;
use tss_esapi::structures::{Auth, SymmetricDefinition};

use super::connection::Connection;
use super::failure::{Cause, Failure, sort, sort_with_parent};
use sshtpm_core::pins::Pin;

/// Which way the first parameter is encrypted (TPM 2.0 Part 1, "Session-based Encryption").
#[derive(Clone, Copy)]
pub(super) enum Encrypted {
    /// On its way to the TPM.
    Command,
    /// On its way from the TPM.
    Answer,
}

/// Runs `command` in a session of its own, which always ends: a successful command ends it itself,
/// at no cost.
pub(super) fn in_session<T>(
    connection: &mut Connection,
    encrypted: Encrypted,
    command: impl FnOnce(&mut Context) -> tss_esapi::Result<T>,
    sort_command: impl FnOnce(tss_esapi::Error) -> Failure,
) -> Result<T, Failure> {
    let session = start(connection, SessionType::Hmac)?;
    in_this_session(connection, session, Some(encrypted), command, sort_command)
}

/// Runs `command` in a session that was started for it, and always ends.
pub(super) fn in_this_session<T>(
    connection: &mut Connection,
    session: AuthSession,
    encrypted: Option<Encrypted>,
    command: impl FnOnce(&mut Context) -> tss_esapi::Result<T>,
    sort_command: impl FnOnce(tss_esapi::Error) -> Failure,
) -> Result<T, Failure> {
    let context = connection.context();
    let result = for_one_command(context, session, encrypted)
        .and_then(|()| context.execute_with_session(Some(session), command));
    match &result {
        Ok(_) => connection.forget(SessionHandle::from(session)),
        Err(_) => flush(connection, session),
    }
    result.map_err(sort_command)
}

/// Does the same for a command that the PIN of a loaded key authorizes.
pub(super) fn in_session_with_pin<T>(
    connection: &mut Connection,
    key: KeyHandle,
    pin: &Pin,
    encrypted: Encrypted,
    command: impl FnOnce(&mut Context) -> tss_esapi::Result<T>,
    sort_command: impl FnOnce(tss_esapi::Error) -> Failure,
) -> Result<T, Failure> {
    with_pin(connection, key, pin, |connection| {
        in_session(connection, encrypted, command, sort_command)
    })
}

/// Does something with a loaded key of which libtss2 knows the PIN for that long.
pub(super) fn with_pin<T>(
    connection: &mut Connection,
    key: KeyHandle,
    pin: &Pin,
    work: impl FnOnce(&mut Connection) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let context = connection.context();
    let set = context.tr_set_auth(key.into(), to_auth(pin)?);
    set.map_err(sort("authorization value"))?;
    let result = work(connection);
    // libtss2 frees what it knows of a key without wiping it.
    let wiped = connection
        .context()
        .tr_set_auth(key.into(), Auth::default());
    let result = result?;
    wiped.map_err(sort("authorization value"))?;
    Ok(result)
}

/// The authorization value for a PIN; it is wiped when it is dropped.
pub(super) fn to_auth(pin: &Pin) -> Result<Auth, Failure> {
    Auth::try_from(pin.as_bytes()).map_err(sort("TPM2B_AUTH"))
}

/// Starts a session with a salt.
pub(super) fn start(
    connection: &mut Connection,
    kind: SessionType,
) -> Result<AuthSession, Failure> {
    let parent = connection.parent();
    let started = connection.context().start_auth_session(
        Some(parent),
        None,
        None,
        kind,
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

/// When the command has succeeded the session is over (TPM 2.0 Part 1, "Session Attributes",
/// continueSession). The attributes are named as the TPM sees them: it decrypts commands.
fn for_one_command(
    context: &mut Context,
    session: AuthSession,
    encrypted: Option<Encrypted>,
) -> tss_esapi::Result<()> {
    let attributes = SessionAttributesBuilder::new();
    let (attributes, mask) = match encrypted {
        Some(Encrypted::Command) => attributes.with_decrypt(true),
        Some(Encrypted::Answer) => attributes.with_encrypt(true),
        None => attributes,
    }
    .with_continue_session(false)
    .build();
    context.tr_sess_set_attributes(session, attributes, mask)
}

/// After a failed command the session still exists, unless only libtss2 rejected the answer.
pub(super) fn flush(connection: &mut Connection, session: AuthSession) {
    let session = SessionHandle::from(session);
    let flushed = connection.context().flush_context(session.into());
    if let Err(failure) = flushed.map_err(sort("TPM2_FlushContext(session)")) {
        tracing::debug!(%failure, "the session of a command that failed");
        connection.forget(session);
    }
}
