//! A key that the broker is to generate.
//!
//! May touch: the broker.

use sshtpm_dbus::{Error, KeyInfo, KeysProxy, option};
use zbus::Variant;

use crate::algorithm::Algorithm;
use crate::derived::Derivation;
use crate::error::Failure;
use crate::restrictions::Restrictions;
use crate::session::{Session, owner_option};
use sshtpm_client::pin::{self, Pin};
use sshtpm_ssh::pcr::PcrSelection;

/// A key to be generated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewKey<'a> {
    /// Its kind.
    pub(crate) algorithm: Algorithm,
    /// What to call it.
    pub(crate) comment: &'a str,
    /// Whose it is to be, if not the caller's.
    pub(crate) owner: Option<&'a str>,
    /// Its PIN, if it is to have one.
    pub(crate) pin: Option<&'a Pin>,
    /// What it is for, where that is said.
    pub(crate) restrictions: Option<&'a Restrictions>,
    /// What the TPM derives it from, if it is to.
    pub(crate) derivation: Option<Derivation<'a>>,
    /// The PCRs that it is to be bound to.
    pub(crate) pcrs: Option<PcrSelection>,
}

impl<'a> NewKey<'a> {
    /// One of the caller's own, with nothing special to it.
    pub(crate) fn own(algorithm: Algorithm, comment: &'a str) -> Self {
        Self {
            algorithm,
            comment,
            owner: None,
            pin: None,
            restrictions: None,
            derivation: None,
            pcrs: None,
        }
    }
}

/// Has the broker generate a key.
///
/// # Errors
///
/// The broker refuses, or cannot be reached.
pub(crate) async fn generate(session: &Session, new: NewKey<'_>) -> Result<KeyInfo, Failure> {
    let waiting = "Waiting for the TPM";
    session
        .call_with_spinner("cannot generate a key", waiting, async |keys| {
            ask_for(keys, new).await
        })
        .await
}

async fn ask_for(keys: &KeysProxy<'static>, new: NewKey<'_>) -> Result<KeyInfo, Error> {
    let mut options = owner_option(new.owner);
    if let Some(bits) = new.algorithm.bits() {
        options.insert(option::BITS, Variant::from(bits));
    }
    if let Some(restrictions) = new.restrictions {
        restrictions.add_to(&mut options);
    }
    if let Some(derivation) = new.derivation {
        derivation.add_to(&mut options);
    }
    if let Some(pcrs) = new.pcrs {
        options.insert(option::PCRS, Variant::from(pcrs.to_string()));
    }
    if let Some(pin) = new.pin {
        let number = pin::send(keys, pin).await?;
        options.insert(option::PIN, Variant::from(number));
    }
    let generated = keys.generate(new.algorithm.name(), new.comment, &options);
    Ok(generated.await?)
}
