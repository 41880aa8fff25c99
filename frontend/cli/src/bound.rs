//! What is said of keys that are bound to PCRs.

use sshtpm_dbus::KeyInfo;
use sshtpm_ssh::pcr::name_of;
use sshtpm_ssh::text::printable;
use sshtpm_ssh::tpm::KeyState;

use super::args::{AlsoForArgs, PcrArgs};
use super::error::Failure;

/// Makes sure that a key that is bound to the PCRs of this machine is not wanted on another one.
///
/// # Errors
///
/// It is: [`Failure::Usage`].
pub(crate) fn go_together(pcrs: &PcrArgs, also_for: &AlsoForArgs) -> Result<(), Failure> {
    match pcrs.pcrs.is_some() && !also_for.also_for.is_empty() {
        true => Err(Failure::Usage(ONE_MACHINE.to_owned())),
        false => Ok(()),
    }
}

/// Why such a key is for one machine.
const ONE_MACHINE: &str = "a key with --pcr cannot go to another machine, because the PCRs there \
    have other values and are not known here; leave out --pcr or --also-for";

/// What helps a key whose PCRs have changed.
pub(crate) const WHAT_TO_DO: &str = "The key signs again when the machine starts as it did when \
    it was bound: with the same firmware, boot loader and Secure Boot settings. If they were \
    changed on purpose and you have a backup of the key, bind it to what they are now with `sshtpm \
    rebind KEY BACKUP`; all else about the key stays. Otherwise make a new key.";

/// A line about `key`, if it is bound to PCRs.
pub(crate) fn note(key: &KeyInfo) -> Option<String> {
    if key.pcrs.is_empty() {
        return None;
    }
    let pcrs = printable(&key.pcrs);
    Some(match is_mismatched(key) {
        true => format!(
            "This key is bound to the PCRs {pcrs} and does not sign: {}. {WHAT_TO_DO}",
            changed(key)
        ),
        false => format!(
            "This key is bound to the PCRs {pcrs}: it signs only while they have the values that \
             they had when it came here. After an update of firmware or boot loader that may be \
             over, so keep another way in."
        ),
    })
}

/// Whether the PCRs of `key` have other values now.
pub(crate) fn is_mismatched(key: &KeyInfo) -> bool {
    key.state == KeyState::PcrMismatch
}

/// Which PCRs have changed: `PCR 7 (secure-boot-policy) has another value now`.
pub(crate) fn changed(key: &KeyInfo) -> String {
    let named = key.changed_pcrs.iter().map(|index| {
        let name = u8::try_from(*index).ok().and_then(name_of);
        name.map_or_else(
            || format!("PCR {index}"),
            |name| format!("PCR {index} ({name})"),
        )
    });
    match named.collect::<Vec<_>>().as_slice() {
        [one] => format!("{one} has another value now"),
        several => format!("{} have other values now", several.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use sshtpm_dbus::{KeyInfo, WireWord};

    use super::{AlsoForArgs, KeyState, PcrArgs, go_together, note};
    use crate::key_listing::example_key;

    #[test]
    fn a_bound_key_does_not_go_to_other_machines() {
        let bound = PcrArgs {
            pcrs: Some("7".parse().unwrap()),
        };
        let elsewhere = AlsoForArgs {
            also_for: vec!["other.pub".parse().unwrap()],
            output: Vec::new(),
        };
        go_together(&bound, &elsewhere).unwrap_err();
        go_together(&bound, &AlsoForArgs::default()).unwrap();
        go_together(&PcrArgs::default(), &elsewhere).unwrap();
    }

    #[test]
    fn a_bound_key_says_what_changed_and_what_helps() {
        assert_eq!(note(&example_key()), None);
        let key = KeyInfo {
            pcrs: "7+16:sha256".to_owned(),
            ..example_key()
        };
        let told = note(&key).expect("a line");
        assert!(
            told.starts_with("This key is bound to the PCRs 7+16:sha256: it"),
            "{told}"
        );
        let key = KeyInfo {
            state: WireWord(KeyState::PcrMismatch),
            changed_pcrs: vec![7],
            ..key
        };
        let told = note(&key).expect("a line");
        let why = "does not sign: PCR 7 (secure-boot-policy) has another value now. ";
        assert!(
            told.contains(why) && told.contains("`sshtpm rebind KEY BACKUP`"),
            "{told}"
        );
    }
}
