//! Has the broker import a private key.

use sshtpm_client::pin::Pin;
use sshtpm_dbus::{KeyInfo, KeysProxy, option};
use sshtpm_duplicate::Duplicate;
use sshtpm_key_file::PrivateKey;
use zbus::Variant;

use super::source::Source;
use super::wrapped;
use crate::error::Failure;
use crate::restrictions::Restrictions;
use crate::session::{Session, owner_option};

/// What becomes of a key.
#[derive(Debug)]
pub(crate) struct Wanted<'a> {
    /// What to call it.
    pub(crate) comment: String,
    /// Whose it is to be, if not the caller's.
    pub(crate) owner: Option<&'a str>,
    /// Its PIN, if it is to have one.
    pub(crate) pin: Option<Pin>,
    /// What it is for, if that is said.
    pub(crate) restrictions: Option<Restrictions>,
    /// Whether a copy is kept elsewhere.
    pub(crate) backed_up: bool,
}

/// Wraps `key` for the TPM, and has the broker import it.
///
/// # Errors
///
/// There is no TPM in use, or the broker refuses, or cannot be reached.
pub(crate) async fn into_tpm(
    session: &Session,
    source: &Source,
    key: &PrivateKey,
    wanted: &Wanted<'_>,
) -> Result<KeyInfo, Failure> {
    let wrapped = wrapped::of(session, source, key, wanted.pin.as_ref()).await?;
    let mut options = owner_option(wanted.owner);
    if let Some(restrictions) = &wanted.restrictions {
        restrictions.add_to(&mut options);
    }
    options.insert(option::BACKED_UP, Variant::from(wanted.backed_up));
    if let Some(public_key) = &wrapped.public_key {
        options.insert(option::PUBLIC_KEY, Variant::from(public_key.as_slice()));
    }
    let call = async |keys: &KeysProxy<'static>| {
        let Duplicate {
            public,
            duplicate,
            secret,
            ..
        } = &wrapped;
        keys.import(public, duplicate, secret, &wanted.comment, &options)
            .await
    };
    session
        .call_with_spinner(&source.cannot(), "Waiting for the TPM", call)
        .await
}
