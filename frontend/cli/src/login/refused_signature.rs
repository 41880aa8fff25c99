//! Why a key did not sign, by the broker's record, and what helps.

use sshtpm_dbus::{KeyInfo, KeyUse};
use sshtpm_ssh::error_kind::ErrorKind;
use sshtpm_ssh::purpose::Purpose;

use crate::checks::finding::Finding;
use crate::key_selector::describe;
use crate::nobody::HOW_TO_CONFIRM;

/// Where the agent's own words are.
const MORE: &str = "`sshtpm log` and `journalctl --user -u sshtpm-agent` say more.";

/// The host accepts `key`, but it did not sign; `uses` are those since the login began.
pub(super) fn finding(key: &KeyInfo, uses: &[KeyUse]) -> Finding {
    let name = describe(key);
    let fingerprint = &key.fingerprint;
    let last = uses.iter().rev().find(|used| used.key == *fingerprint);
    let outcome = last.map_or("", |used| used.outcome.as_str());
    let kind = ErrorKind::ALL
        .into_iter()
        .find(|kind| kind.name() == outcome);
    let (why, next) = match kind {
        Some(ErrorKind::PinRequired | ErrorKind::WrongPin) => (
            "its PIN was not entered, or nobody could be asked for it",
            format!("`sshtpm unlock {fingerprint}`, then try again."),
        ),
        Some(ErrorKind::PinTriesExceeded) => (
            "too many wrong PINs were entered",
            format!("`sshtpm unlock {fingerprint}` says when the next one can be entered."),
        ),
        Some(ErrorKind::DestinationNotPermitted) => (
            "it may not log in at this host as this user",
            format!(
                "Let it, which asks for your password: `sshtpm restrict {fingerprint} --anywhere`."
            ),
        ),
        Some(ErrorKind::PurposeNotPermitted) => ("it is not for logging in", for_logins(key)),
        Some(ErrorKind::InteractiveAuthorizationRequired | ErrorKind::AuthorizationUnavailable) => {
            (
                "a person has to confirm it, and nobody could be asked",
                HOW_TO_CONFIRM.to_owned(),
            )
        }
        Some(ErrorKind::NotAuthorized) => (
            "polkit refused it, or the person who was asked",
            "The check `polkit` above says whether a rule refuses it.".to_owned(),
        ),
        Some(ErrorKind::KeyLost) => (
            "the TPM was cleared or replaced, so it is lost",
            format!("Make a new one: `sshtpm setup`. Then `sshtpm rm {fingerprint}`."),
        ),
        _ => ("the agent refused", MORE.to_owned()),
    };
    Finding::fail(
        format!("the host accepts key {name}, but the key did not sign: {why}"),
        next,
    )
}

fn for_logins(key: &KeyInfo) -> String {
    let purposes = key.purposes.iter().map(String::as_str);
    let purposes: Vec<&str> = purposes.chain([Purpose::Auth.name()]).collect();
    format!(
        "Let it, which asks for your password: `sshtpm restrict {} --for {}`.",
        key.fingerprint,
        purposes.join(",")
    )
}

#[cfg(test)]
mod tests {
    use super::{Finding, KeyInfo, KeyUse, finding};
    use crate::key_listing::example_key;
    use crate::use_listing::example_use;

    fn next(outcome: &str) -> String {
        let key: KeyInfo = example_key();
        let used = KeyUse {
            key: key.fingerprint.clone(),
            outcome: outcome.to_owned(),
            ..example_use()
        };
        match finding(&key, &[used]) {
            Finding::Fail(advice) => advice.next,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_key_that_waits_for_its_pin_comes_with_the_command() {
        assert!(next("PinRequired").contains("`sshtpm unlock SHA256:"));
    }

    #[test]
    fn rules_and_polkit_are_told_apart() {
        assert!(next("DestinationNotPermitted").contains("--anywhere`"));
        assert!(next("PurposeNotPermitted").contains("--for "));
        assert!(next("NotAuthorized").contains("polkit"));
        assert!(next("InteractiveAuthorizationRequired").contains("pkttyagent"));
        assert!(next("").contains("sshtpm log"));
    }
}
