//! Whether the caller has keys, and whether the TPM still has them.

use jiff::tz::TimeZone;
use sshtpm_dbus::KeyInfo;

use super::certificates;
use super::finding::Finding;
use crate::bound;
use crate::certificate;
use crate::key_selector::describe;
use crate::key_state::{is_locked, is_lost};
use crate::probe::keys::{Keys, Unlisted};
use crate::raw;
use crate::sealed;

/// Whether there is a key, and none is lost.
pub(crate) fn check(keys: &Keys, is_root: bool) -> Finding {
    let keys = match keys {
        Ok(keys) => keys,
        Err(why) => return unlisted(why),
    };
    let lost: Vec<&KeyInfo> = keys.iter().filter(|key| is_lost(key)).collect();
    if lost.is_empty()
        && let Some(finding) = mismatched(keys)
    {
        return finding;
    }
    match (keys.len(), lost.as_slice()) {
        (0, _) if is_root => {
            Finding::skipped("root has no keys; run this as the user whose keys you mean")
        }
        (0, _) => Finding::warn("you have no keys", "`sshtpm setup` makes one."),
        (_, []) => present(keys),
        (count, lost) if lost.len() == count => Finding::fail(found(lost, count), RECOVER),
        (count, lost) => Finding::warn(found(lost, count), RECOVER),
    }
}

fn unlisted(why: &Unlisted) -> Finding {
    match why {
        Unlisted::NotAsked => Finding::skipped("polkit does not let your keys be listed"),
        Unlisted::NoBroker => Finding::skipped("there is no broker to ask"),
        Unlisted::Refused(error) => Finding::fail(
            format!("the broker does not list your keys: {error}"),
            "`journalctl -u sshtpm-broker` says more.",
        ),
    }
}

/// Keys that the TPM has, and whether their certificates can be used.
fn present(keys: &[KeyInfo]) -> Finding {
    let (now, zone) = (certificate::now(), TimeZone::system());
    match certificates::expired(keys, now, &zone).as_slice() {
        [] => {
            let told = certificates::told(keys, now, &zone);
            let (sealed, locked) = (sealed::counted(keys), locked(keys));
            let (count, raw) = (counted(keys.len()), raw::counted(keys));
            Finding::ok(format!("you have {count}{sealed}{raw}{locked}{told}"))
        }
        expired => Finding::warn(expired.join("\n"), RENEW),
    }
}

/// Keys whose PCRs have other values now, if there are any. They may sign again some day.
fn mismatched(keys: &[KeyInfo]) -> Option<Finding> {
    let mismatched = keys.iter().filter(|key| bound::is_mismatched(key));
    let told = mismatched.map(|key| {
        let (name, changed) = (describe(key), bound::changed(key));
        format!("{name} is bound to PCRs and does not sign: {changed}")
    });
    let told: Vec<String> = told.collect();
    (!told.is_empty()).then(|| Finding::warn(told.join("\n"), bound::WHAT_TO_DO))
}

/// What to do about certificates that have expired.
const RENEW: &str = "The agent no longer offers them. Have the authority issue new ones, and add \
                     those with `sshtpm cert add FILE`, or remove the old ones with `sshtpm cert \
                     rm`.";

/// Not a fault: the agent asks for the PIN at the next login with such a key.
fn locked(keys: &[KeyInfo]) -> String {
    match keys.iter().filter(|key| is_locked(key)).count() {
        0 => String::new(),
        1 => "; 1 is locked, until `sshtpm unlock` or the agent's question".to_owned(),
        count => format!("; {count} are locked, until `sshtpm unlock` or the agent's question"),
    }
}

fn counted(count: usize) -> String {
    match count {
        1 => "1 key".to_owned(),
        _ => format!("{count} keys"),
    }
}

fn found(lost: &[&KeyInfo], count: usize) -> String {
    let names: Vec<String> = lost.iter().map(|key| describe(key)).collect();
    let is = match lost.len() {
        1 => "is",
        _ => "are",
    };
    let (lost, count) = (lost.len(), counted(count));
    format!("{lost} of {count} {is} lost: {}", names.join(", "))
}

/// What to do about lost keys.
const RECOVER: &str = "The TPM was cleared or replaced after they were made.\n\
                       `sshtpm recover` says which backups bring them back, and what to remove \
                       from servers. `sshtpm setup` makes a new key, and `sshtpm rm --lost` moves \
                       lost ones out of the way.";

#[cfg(test)]
mod tests {
    use ssh_key::certificate::CertType;
    use sshtpm_dbus::KeyInfo;
    use sshtpm_ssh::tpm::KeyState;

    use super::{Unlisted, check};
    use crate::certificate::tests::example;
    use crate::checks::finding::Finding;
    use crate::key_listing::example_key;
    use crate::probe::bus::NoAnswer;

    fn lost() -> KeyInfo {
        KeyInfo {
            state: sshtpm_dbus::WireWord(KeyState::Lost),
            ..example_key()
        }
    }

    #[test]
    fn keys_that_the_tpm_only_seals_are_told_from_those_in_it() {
        let sealed = || KeyInfo {
            holding: sshtpm_dbus::WireWord(sshtpm_ssh::origin::Holding::Sealed),
            ..example_key()
        };
        let both = check(&Ok(vec![example_key(), sealed()]), false);
        let told = "you have 2 keys; the TPM seals 1 of them, and signs with the others";
        assert_eq!(both, Finding::ok(told));
        let all = check(&Ok(vec![sealed()]), false);
        let told = "you have 1 key; the TPM seals it, and the broker signs";
        assert_eq!(all, Finding::ok(told));
    }

    #[test]
    fn keys_that_can_be_used_are_counted() {
        assert_eq!(
            check(&Ok(vec![example_key()]), false),
            Finding::ok("you have 1 key")
        );
    }

    #[test]
    fn a_locked_key_is_no_fault_and_said() {
        let key = KeyInfo {
            pin: true,
            ..example_key()
        };
        let Finding::Ok(text) = check(&Ok(vec![key, example_key()]), false) else {
            panic!("it is a fault");
        };
        assert!(text.starts_with("you have 2 keys; 1 is locked"), "{text}");
    }

    #[test]
    fn a_certificate_that_expired_is_a_warning_that_names_it() {
        let key = KeyInfo {
            certificates: vec![example(CertType::User, "ann@corp", &["ann"])],
            ..example_key()
        };
        let Finding::Warn(advice) = check(&Ok(vec![key]), false) else {
            panic!("no warning");
        };
        assert!(advice.found.contains("\"ann@corp\""), "{advice:?}");
        assert!(advice.found.contains(", expired 2023-11-1"), "{advice:?}");
        assert!(advice.next.contains("sshtpm cert add"), "{advice:?}");
    }

    #[test]
    fn a_user_without_keys_is_led_to_setup_and_root_is_not() {
        let Finding::Warn(advice) = check(&Ok(Vec::new()), false) else {
            panic!("no warning");
        };
        assert!(advice.next.contains("sshtpm setup"), "{advice:?}");
        assert!(matches!(check(&Ok(Vec::new()), true), Finding::Skipped(_)));
    }

    #[test]
    fn a_lost_key_beside_another_is_a_warning_that_names_it() {
        let Finding::Warn(advice) = check(&Ok(vec![lost(), example_key()]), false) else {
            panic!("no warning");
        };
        assert!(
            advice.found.starts_with("1 of 2 keys is lost: "),
            "{advice:?}"
        );
        assert!(advice.next.contains("`sshtpm recover`"), "{advice:?}");
    }

    #[test]
    fn a_key_whose_pcrs_changed_is_a_warning_that_names_them() {
        let key = KeyInfo {
            state: sshtpm_dbus::WireWord(KeyState::PcrMismatch),
            pcrs: "7:sha256".to_owned(),
            changed_pcrs: vec![7],
            ..example_key()
        };
        let Finding::Warn(advice) = check(&Ok(vec![key, example_key()]), false) else {
            panic!("no warning");
        };
        let why = "does not sign: PCR 7 (secure-boot-policy) has another value now";
        assert!(advice.found.ends_with(why), "{advice:?}");
        assert!(
            advice.next.contains("`sshtpm rebind KEY BACKUP`"),
            "{advice:?}"
        );
    }

    #[test]
    fn to_have_lost_keys_alone_fails() {
        assert!(matches!(check(&Ok(vec![lost()]), false), Finding::Fail(_)));
    }

    #[test]
    fn keys_that_cannot_be_listed_fail_only_where_there_is_a_broker() {
        for unlisted in [Unlisted::NoBroker, Unlisted::NotAsked] {
            assert!(matches!(check(&Err(unlisted), false), Finding::Skipped(_)));
        }
        let silent = Unlisted::Refused(NoAnswer::Silent);
        assert!(matches!(check(&Err(silent), false), Finding::Fail(_)));
    }
}
