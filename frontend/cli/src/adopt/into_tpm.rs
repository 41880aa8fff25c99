//! Has the broker adopt a key.

use sshtpm_client::pin::{self, Pin};
use sshtpm_dbus::{Error, KeyInfo, KeysProxy, option};
use sshtpm_key_file::tss2::Loadable;
use zbus::Variant;

use super::kept_key::KeptKey;
use crate::error::Failure;
use crate::restrictions::Restrictions;
use crate::session::{Session, owner_option};

/// What becomes of a key.
#[derive(Debug)]
pub(super) struct Wanted<'a> {
    /// What to call it.
    pub(super) comment: String,
    /// Whose it is to be, if not the caller's.
    pub(super) owner: Option<&'a str>,
    /// What it is for, if that is said.
    pub(super) restrictions: Option<&'a Restrictions>,
    /// The password that it has.
    pub(super) present: Option<Pin>,
    /// Its PIN from then on.
    pub(super) new: Option<Pin>,
}

/// Has the broker adopt a key.
///
/// # Errors
///
/// The broker refuses, or cannot be reached.
pub(super) async fn into_tpm(
    session: &Session,
    kept: &KeptKey,
    wanted: &Wanted<'_>,
) -> Result<KeyInfo, Failure> {
    let (what, waiting) = (format!("cannot adopt {}", kept.name), "Waiting for the TPM");
    let call = async |keys: &KeysProxy<'static>| ask_for(keys, &kept.key, wanted).await;
    session.call_with_spinner(&what, waiting, call).await
}

async fn ask_for(
    keys: &KeysProxy<'static>,
    key: &Loadable,
    wanted: &Wanted<'_>,
) -> Result<KeyInfo, Error> {
    let mut options = owner_option(wanted.owner);
    if let Some(restrictions) = wanted.restrictions {
        restrictions.add_to(&mut options);
    }
    for (name, pin) in [
        (option::PIN, &wanted.present),
        (option::NEW_PIN, &wanted.new),
    ] {
        if let Some(pin) = pin {
            let number = pin::send(keys, pin).await?;
            options.insert(name, Variant::from(number));
        }
    }
    let adopted = keys.adopt(&key.public, &key.private, &wanted.comment, &options);
    Ok(adopted.await?)
}
