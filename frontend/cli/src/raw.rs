//! What is said of keys that sign digests of anything.

use sshtpm_dbus::KeyInfo;
use sshtpm_ssh::purpose::Purpose;

use super::error::Failure;
use super::output::Output;
use super::restrictions::Restrictions;

/// What such a key gives up, in comparison with others.
const MEANS: &str = "A key for raw signs digests of anything, and sshtpm-broker cannot see what \
    they say. Every program of yours can log in with it wherever its public half is accepted, and \
    sign what it likes in your name. With --pin or --confirm you are asked before, but nobody can \
    tell you for what. Agents do not offer it.";

/// How such a key is used.
const USE: &str = "Programs use it through the PKCS #11 module (package sshtpm-pkcs11), or with \
    SignDigest (org.sshtpm.Broker1(5)). sshtpm-agent offers the key only at a socket that was made \
    for it (`sshtpm-agent --only`).";

/// Whether `key` is one.
pub(crate) fn is_raw(key: &KeyInfo) -> bool {
    key.purposes.iter().any(|one| one == Purpose::Raw.name())
}

/// Says what it means to make a key with these restrictions, if it is to be raw.
///
/// # Errors
///
/// The lines cannot be written.
pub(crate) fn tell_before(output: Output, restrictions: &Restrictions) -> Result<(), Failure> {
    let purposes = restrictions.purposes.as_deref().unwrap_or_default();
    match purposes.contains(&Purpose::Raw.name()) {
        true => output.notice(MEANS),
        false => Ok(()),
    }
}

/// How to use `key`, if it is raw.
pub(crate) fn how_to_use(key: &KeyInfo) -> Option<&'static str> {
    is_raw(key).then_some(USE)
}

/// How many of `keys` are raw, as the rest of a sentence about them; nothing if none is.
pub(crate) fn counted(keys: &[KeyInfo]) -> String {
    match keys.iter().filter(|key| is_raw(key)).count() {
        0 => String::new(),
        1 => "; 1 signs digests of anything".to_owned(),
        count => format!("; {count} sign digests of anything"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key_listing::example_key;

    #[test]
    fn raw_keys_are_counted_and_others_are_not_spoken_of() {
        let raw = || KeyInfo {
            purposes: vec!["raw".to_owned()],
            ..example_key()
        };
        assert_eq!(counted(&[example_key()]), "");
        assert_eq!(
            counted(&[raw(), example_key()]),
            "; 1 signs digests of anything"
        );
        assert_eq!(counted(&[raw(), raw()]), "; 2 sign digests of anything");
        let how = how_to_use(&raw()).expect("how");
        assert!(how.contains("PKCS #11") && how_to_use(&example_key()).is_none());
    }
}
