//! Why a key did not sign, by the broker's record, and what helps.

use sshtpm_dbus::{KeyInfo, KeyUse};
use sshtpm_ssh::error_kind::ErrorKind;

use crate::bound;
use crate::checks::finding::Finding;
use crate::checks::host::allow;
use crate::key_selector::describe;
use crate::nobody::HOW_TO_CONFIRM;
use crate::restrictions::place::Place;

/// Where the agent's own words are.
const MORE: &str = "`sshtpm log` and `journalctl --user -u sshtpm-agent` say more.";

/// The host at `place` accepts `key`, but it did not sign; `uses` are those since the login began.
pub(super) fn finding(place: &Place, key: &KeyInfo, uses: &[KeyUse]) -> Finding {
    let mut own = uses.iter().rev().filter(|used| used.key == key.fingerprint);
    let outcome = own.next().map_or("", |used| used.outcome.as_str());
    let kind = ErrorKind::ALL
        .into_iter()
        .find(|kind| kind.name() == outcome);
    let by_kind = kind.and_then(|kind| of_pin(kind, key).or_else(|| of_rule(kind, place, key)));
    let (why, next) = by_kind
        .or_else(|| kind.and_then(|kind| of_person(kind, key)))
        .unwrap_or_else(|| ("the agent refused", MORE.to_owned()));
    let name = describe(key);
    Finding::fail(
        format!("the host accepts key {name}, but the key did not sign: {why}"),
        next,
    )
}

type Reason = (&'static str, String);

fn of_pin(kind: ErrorKind, key: &KeyInfo) -> Option<Reason> {
    let unlock = format!("`sshtpm unlock {}`", key.fingerprint);
    Some(match kind {
        ErrorKind::PinRequired | ErrorKind::WrongPin => (
            "its PIN was not entered, or nobody could be asked for it",
            format!("{unlock}, then try again."),
        ),
        ErrorKind::PinTriesExceeded => (
            "too many wrong PINs were entered",
            format!("{unlock} says when the next one can be entered."),
        ),
        _ => return None,
    })
}

fn of_rule(kind: ErrorKind, place: &Place, key: &KeyInfo) -> Option<Reason> {
    let why = match kind {
        ErrorKind::DestinationNotPermitted => "it may not log in at this host as this user",
        ErrorKind::PurposeNotPermitted => "it is not for logging in",
        _ => return None,
    };
    Some((why, allow(place, key)))
}

fn of_person(kind: ErrorKind, key: &KeyInfo) -> Option<Reason> {
    Some(match kind {
        ErrorKind::InteractiveAuthorizationRequired => (
            "a person has to confirm it, and nobody could be asked",
            HOW_TO_CONFIRM.to_owned(),
        ),
        ErrorKind::NotAuthorized | ErrorKind::AuthorizationUnavailable => (
            "polkit refused it or did not answer, or a person refused",
            "The check `polkit` above says whether a rule refuses it.".to_owned(),
        ),
        ErrorKind::NoUnlockedSession => (
            "it signs only while your screen at this machine is unlocked and in the foreground",
            format!(
                "Unlock that screen and try again. `sshtpm restrict {} --no-while-unlocked` lets \
                 the key sign at all times.",
                key.fingerprint
            ),
        ),
        ErrorKind::KeyBoundToOtherPcrs => (
            "PCRs that it is bound to have other values now",
            bound::WHAT_TO_DO.to_owned(),
        ),
        ErrorKind::KeyLost => (
            "the TPM was cleared or replaced, so it is lost",
            format!(
                "Make a new one: `sshtpm setup`. Then `sshtpm rm {}`.",
                key.fingerprint
            ),
        ),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{Finding, KeyInfo, KeyUse, Place, finding};
    use crate::key_listing::example_key;
    use crate::use_listing::example_use;

    fn next(outcome: &str) -> String {
        let key: KeyInfo = example_key();
        let used = KeyUse {
            key: key.fingerprint.clone(),
            outcome: outcome.to_owned(),
            ..example_use()
        };
        let place = Place::parse("ann@alpha").unwrap();
        match finding(&place, &key, &[used]) {
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
        assert!(next("DestinationNotPermitted").contains("`sshtpm restrict SHA256:"));
        assert!(next("PurposeNotPermitted").contains("`sshtpm restrict SHA256:"));
        assert!(next("NotAuthorized").contains("polkit"));
        assert!(next("NoUnlockedSession").contains("--no-while-unlocked"));
        assert!(next("InteractiveAuthorizationRequired").contains("pkttyagent"));
        assert!(next("KeyBoundToOtherPcrs").contains("`sshtpm rebind KEY BACKUP`"));
        assert!(next("").contains("sshtpm log"));
    }
}
