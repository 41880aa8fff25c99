//! What is said of keys that have no PIN and stop signing in lockout all the same.

use sshtpm_dbus::KeyInfo;

/// What a person should know of such a key.
const TOLD: &str = "This key stops signing while the TPM is in lockout after wrong PINs of any \
    user. Keys without a PIN that `sshtpm keygen` makes go on.";

/// A line about `key`, if it is one of those.
pub(crate) fn of(key: &KeyInfo) -> Option<&'static str> {
    (key.stops_in_lockout && !key.pin).then_some(TOLD)
}

#[cfg(test)]
mod tests {
    use sshtpm_dbus::KeyInfo;

    use super::of;
    use crate::key_listing::example_key;

    #[test]
    fn of_a_key_with_a_pin_nothing_is_said_that_its_owner_knows() {
        let with = |stops_in_lockout, pin| KeyInfo {
            stops_in_lockout,
            pin,
            ..example_key()
        };
        assert!(of(&with(true, false)).is_some());
        assert!(of(&with(true, true)).is_none());
        assert!(of(&with(false, false)).is_none());
    }
}
