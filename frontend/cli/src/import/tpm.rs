//! Has the broker import a private key.

use sshtpm_client::pin::Pin;
use sshtpm_dbus::{KeyInfo, KeysProxy, option};
use sshtpm_duplicate::Duplicate;
use sshtpm_key_file::PrivateKey;
use sshtpm_ssh::fingerprint::Fingerprint;
use sshtpm_ssh::pcr::PcrSelection;
use sshtpm_ssh::text::printable;
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
    /// The PCRs that it is to be bound to.
    pub(crate) pcrs: Option<PcrSelection>,
    /// What it is for, if that is said.
    pub(crate) restrictions: Option<Restrictions>,
    /// Whether a copy is kept elsewhere.
    pub(crate) backed_up: bool,
    /// Whether it takes the place of the same key, which is bound to PCRs.
    pub(crate) rebinds: bool,
}

/// A key that is wrapped for the TPM.
#[derive(Debug)]
pub(crate) struct Wrapped {
    duplicate: Duplicate,
    fingerprint: String,
}

/// Wraps `key` for the TPM, and has the broker import it.
///
/// # Errors
///
/// There is no TPM in use, or the broker refuses, cannot be reached, or answers with another key.
pub(crate) async fn into_tpm(
    session: &Session,
    source: &Source,
    key: &PrivateKey,
    wanted: &Wanted<'_>,
) -> Result<KeyInfo, Failure> {
    let wrapped = Wrapped::of(session, source, key, wanted).await?;
    wrapped.import(session, source, wanted).await
}

impl Wrapped {
    /// Wraps `key`.
    ///
    /// # Errors
    ///
    /// There is no TPM in use.
    pub(crate) async fn of(
        session: &Session,
        source: &Source,
        key: &PrivateKey,
        wanted: &Wanted<'_>,
    ) -> Result<Self, Failure> {
        Ok(Self {
            duplicate: wrapped::of(session, source, key, wanted.pin.as_ref(), wanted.pcrs).await?,
            fingerprint: Fingerprint::of(&key.private.public()).to_string(),
        })
    }

    /// What was wrapped for this TPM elsewhere: the key with that fingerprint.
    pub(super) fn elsewhere(duplicate: Duplicate, fingerprint: &Fingerprint) -> Self {
        Self {
            duplicate,
            fingerprint: fingerprint.to_string(),
        }
    }

    /// Has the broker import it.
    ///
    /// # Errors
    ///
    /// The broker refuses, cannot be reached, or answers with another key.
    pub(crate) async fn import(
        &self,
        session: &Session,
        source: &Source,
        wanted: &Wanted<'_>,
    ) -> Result<KeyInfo, Failure> {
        let mut options = owner_option(wanted.owner);
        if let Some(restrictions) = &wanted.restrictions {
            restrictions.add_to(&mut options);
        }
        options.insert(option::BACKED_UP, Variant::from(wanted.backed_up));
        if let Some(pcrs) = wanted.pcrs {
            options.insert(option::PCRS, Variant::from(pcrs.to_string()));
        }
        if wanted.rebinds {
            options.insert(option::REBIND, Variant::from(true));
        }
        if let Some(public_key) = &self.duplicate.public_key {
            options.insert(option::PUBLIC_KEY, Variant::from(public_key.as_slice()));
        }
        let call = async |keys: &KeysProxy<'static>| {
            let Duplicate {
                public,
                duplicate,
                secret,
                ..
            } = &self.duplicate;
            keys.import(public, duplicate, secret, &wanted.comment, &options)
                .await
        };
        let imported = session
            .call_with_spinner(&source.cannot(), "Waiting for the TPM", call)
            .await?;
        is_of(&self.fingerprint, &imported).map_err(|why| {
            Failure::new(source.cannot(), why)
                .and_next("Keep the file, and see `sshtpm list` for what is in the TPM.")
        })?;
        Ok(imported)
    }
}

/// Whether the broker imported the key with that fingerprint: afterwards the file may be deleted.
fn is_of(sent: &str, imported: &KeyInfo) -> Result<(), String> {
    match imported.fingerprint == sent {
        true => Ok(()),
        false => Err(format!(
            "the broker answers with another key, {}",
            printable(&imported.fingerprint)
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::is_of;
    use crate::key_listing::example_key;

    #[test]
    fn an_answer_about_another_key_is_no_success() {
        let key = example_key();
        assert_eq!(is_of(&key.fingerprint, &key), Ok(()));
        let why = is_of("SHA256:sent", &key).unwrap_err();
        assert!(why.contains(&key.fingerprint), "{why}");
    }
}
