//! TPM2_Load (TPM 2.0 Part 3, §12.2), or TPM2_CreatePrimary of a derived key, and the form in which
//! keys are kept between loads.

use tss_esapi::handles::KeyHandle;
use tss_esapi::interface_types::session_handles::AuthSession;
use tss_esapi::structures::{Private, Public};
use tss_esapi::traits::{Marshall as _, UnMarshall as _};

use super::connection::Connection;
use super::failure::{Cause, Failure, is_foreign_blob, sort, sort_with_parent};
use super::primary;
use sshtpm_core::derivation::Derivation;
use sshtpm_core::key::{KeyBlob, ParentName, PrivatePart};

/// Loads a key, or derives it; the caller flushes it or keeps it.
pub(super) fn load(
    connection: &mut Connection,
    blob: &KeyBlob,
    parent: &ParentName,
) -> Result<KeyHandle, Failure> {
    check_parent(connection, blob, parent)?;
    let public = public_of(blob)?;
    let private = match &blob.private {
        PrivatePart::Derived(derivation) => return derive_again(connection, public, derivation),
        PrivatePart::Wrapped(private) => without_length(private)?,
    };
    // One that is too long for libtss2 is too long for the TPM.
    let private = Private::try_from(private).map_err(|error| too_long(error.to_string()))?;
    let handle = connection.parent();
    connection
        .context()
        .execute_with_session(Some(AuthSession::Password), |context| {
            context.load(handle, private, public)
        })
        .map_err(|error| match sort_with_parent("TPM2_Load")(error) {
            Failure::Other(cause) if is_foreign_blob(error) => Failure::KeyRefused(cause),
            failure => failure,
        })
}

/// The public area of a key.
pub(super) fn public_of(blob: &KeyBlob) -> Result<Public, Failure> {
    Public::unmarshall(without_length(&blob.public)?).map_err(sort("TPM2B_PUBLIC"))
}

/// The key of which `public` is the public area. Another one comes of another seed: then that of
/// the record is lost.
fn derive_again(
    connection: &mut Connection,
    public: Public,
    derivation: &Derivation,
) -> Result<KeyHandle, Failure> {
    let derived = primary::derive(connection, public.clone(), derivation)?;
    if derived.public == public {
        return Ok(derived.key);
    }
    let flushed = connection.context().flush_context(derived.key.into());
    flushed.map_err(sort("TPM2_FlushContext"))?;
    Err(another_seed())
}

pub(super) fn another_seed() -> Failure {
    let answer = "another key: the seed of the hierarchy is no longer the same".to_owned();
    Failure::KeyLost(Cause {
        command: "TPM2_CreatePrimary",
        answer,
    })
}

/// A key is lost whose parent is not the one in the TPM; that needs no command. A derived key has
/// none.
pub(super) fn check_parent(
    connection: &Connection,
    blob: &KeyBlob,
    parent: &ParentName,
) -> Result<(), Failure> {
    let has_parent = matches!(blob.private, PrivatePart::Wrapped(_));
    if !has_parent || parent == connection.parent_name() {
        return Ok(());
    }
    let answer = "the key's parent is no longer in the TPM".to_owned();
    Err(Failure::KeyLost(Cause {
        command: "TPM2_Load",
        answer,
    }))
}

pub(super) fn to_blob(public: &Public, private: &Private) -> Result<KeyBlob, Failure> {
    let public = public.marshall().map_err(sort("TPM2B_PUBLIC"))?;
    Ok(KeyBlob {
        public: with_length(&public)?,
        private: with_length(private.value())?.into(),
    })
}

pub(super) fn with_length(bytes: &[u8]) -> Result<Box<[u8]>, Failure> {
    let length = u16::try_from(bytes.len()).map_err(|_| malformed())?;
    Ok([&length.to_be_bytes(), bytes].concat().into())
}

fn without_length(bytes: &[u8]) -> Result<&[u8], Failure> {
    let (length, rest) = bytes.split_first_chunk().ok_or_else(malformed)?;
    match usize::from(u16::from_be_bytes(*length)) == rest.len() {
        true => Ok(rest),
        false => Err(malformed()),
    }
}

fn too_long(answer: String) -> Failure {
    let command = "TPM2B_PRIVATE";
    Failure::KeyRefused(Cause { command, answer })
}

fn malformed() -> Failure {
    let answer = "the length of a stored blob is wrong".to_owned();
    Failure::KeyLost(Cause {
        command: "TPM2B",
        answer,
    })
}
