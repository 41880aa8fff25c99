//! Whether the caller has the key in the TPM already.

use sshtpm_dbus::KeyInfo;
use sshtpm_ssh::fingerprint::Fingerprint;

use super::source::Source;
use crate::error::Failure;
use crate::key_selector::describe;
use crate::session::Session;

/// Makes sure that the caller does not have the key in the TPM already.
///
/// # Errors
///
/// The caller has it, or the broker cannot say.
pub(super) async fn is_new(
    session: &Session,
    source: &Source,
    fingerprint: &Fingerprint,
) -> Result<(), Failure> {
    match find(session, fingerprint).await? {
        None => Ok(()),
        Some(key) => {
            let why = format!("this key is in the TPM already: {}", describe(&key));
            let next = "To import it anew, delete it first with `sshtpm rm`.";
            Err(Failure::new(source.cannot(), why).and_next(next))
        }
    }
}

/// The caller's key with that fingerprint, if the TPM has it.
///
/// # Errors
///
/// The broker cannot say.
pub(super) async fn find(
    session: &Session,
    fingerprint: &Fingerprint,
) -> Result<Option<KeyInfo>, Failure> {
    let fingerprint = fingerprint.to_string();
    let mut keys = session.list(None).await?.into_iter();
    Ok(keys.find(|key| key.fingerprint == fingerprint))
}
