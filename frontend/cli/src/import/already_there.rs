//! Whether the caller has the key already: in the TPM, or as a record of one that was lost.

use sshtpm_dbus::KeyInfo;
use sshtpm_ssh::fingerprint::Fingerprint;

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
