//! Whether the caller has the key already: in the TPM, or as a record of one that was lost.

use sshtpm_dbus::KeyInfo;
use sshtpm_key_file::PrivateKey;
use sshtpm_ssh::fingerprint::Fingerprint;

use super::also_for::OtherMachines;
use super::source::Source;
use crate::error::Failure;
use crate::key_selector::describe;
use crate::key_state::is_lost;
use crate::session::Session;

/// The caller's lost key with this fingerprint, if there is one.
///
/// # Errors
///
/// The caller has the key in the TPM already, or the broker cannot say.
pub(super) async fn lost(
    session: &Session,
    source: &Source,
    fingerprint: &Fingerprint,
) -> Result<Option<KeyInfo>, Failure> {
    match find(session, fingerprint).await? {
        Some(key) if !is_lost(&key) => {
            let why = format!("this key is in the TPM already: {}", describe(&key));
            Err(Failure::new(source.cannot(), why).and_next(anew(&key)))
        }
        lost_or_none => Ok(lost_or_none),
    }
}

/// How to import it nevertheless.
fn anew(key: &KeyInfo) -> &'static str {
    match key.pcrs.is_empty() {
        true => "To import it anew, delete it first with `sshtpm rm`.",
        false => "To bind it to the present values of PCRs, use `sshtpm rebind KEY BACKUP`.",
    }
}

/// The caller's key with that fingerprint, lost or not.
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

/// What the caller has of the key before it is imported.
pub(super) enum Before {
    Nothing,
    /// A record of it. The TPM no longer has the key.
    Lost(Box<KeyInfo>),
    /// The key itself. Other machines can have it, too.
    There,
}

impl Before {
    /// Looks for `key`. Files for `others` do not need it to be gone from here.
    ///
    /// # Errors
    ///
    /// The TPM has the key and nobody else is to have it, or the broker cannot be asked.
    pub(super) async fn of(
        session: &Session,
        source: &Source,
        key: &PrivateKey,
        others: &OtherMachines,
    ) -> Result<Self, Failure> {
        let fingerprint = Fingerprint::of(&key.private.public());
        if !others.is_empty() {
            let there = find(session, &fingerprint).await?;
            if there.is_some_and(|key| !is_lost(&key)) {
                return Ok(Self::There);
            }
        }
        let lost = lost(session, source, &fingerprint).await?;
        Ok(lost.map_or(Self::Nothing, |lost| Self::Lost(Box::new(lost))))
    }

    /// The record of it, if the TPM no longer has it.
    pub(super) fn lost(&self) -> Option<&KeyInfo> {
        match self {
            Self::Lost(lost) => Some(lost.as_ref()),
            Self::Nothing | Self::There => None,
        }
    }
}

/// What is said before a key comes back.
pub(super) fn in_the_place_of(lost: &KeyInfo) -> String {
    let pin = match lost.pin {
        true => " It had a PIN; with --pin it gets one again.",
        false => "",
    };
    format!(
        "It takes the place of lost key {}, with its rules and certificates.{pin}",
        describe(lost)
    )
}

#[cfg(test)]
mod tests {
    use sshtpm_dbus::KeyInfo;

    use super::in_the_place_of;
    use crate::key_listing::example_key;

    #[test]
    fn a_lost_pin_is_said_with_how_to_set_one_again() {
        let with_pin = KeyInfo {
            pin: true,
            ..example_key()
        };
        assert!(in_the_place_of(&with_pin).contains("--pin"));
        assert!(!in_the_place_of(&example_key()).contains("--pin"));
    }
}
