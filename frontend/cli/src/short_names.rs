//! The shortest names by which the keys of one person can be told apart: beginnings of their
//! fingerprints.

use std::collections::HashMap;

use sshtpm_dbus::KeyInfo;

/// Fewest characters that are shown: with eight, a key made tomorrow hardly begins like another
/// one.
const MIN_CHARS: usize = 8;

/// How ssh-keygen writes the hash in front of a fingerprint.
pub(crate) const HASH: &str = "SHA256:";

/// Beginnings of fingerprints, without the name of the hash, by whole fingerprints.
#[derive(Debug)]
pub(crate) struct ShortNames<'a>(HashMap<&'a str, &'a str>);

impl<'a> ShortNames<'a> {
    /// Names that tell `keys` apart.
    pub(crate) fn of(keys: &'a [KeyInfo]) -> Self {
        let mut digits: Vec<&str> = keys.iter().map(digits_of).collect();
        digits.sort_unstable();
        // In this order a fingerprint has the most in common with its neighbours.
        let common = digits.iter().zip(digits.iter().skip(1));
        let common = common.map(|(one, next)| chars_in_common(one, next));
        let shown = common
            .max()
            .map_or(MIN_CHARS, |most| MIN_CHARS.max(most + 1));
        let named = keys.iter().map(|key| {
            let digits = digits_of(key);
            let end = digits.char_indices().nth(shown).map(|(end, _)| end);
            let name = end.and_then(|end| digits.get(..end)).unwrap_or(digits);
            (key.fingerprint.as_str(), name)
        });
        Self(named.collect())
    }

    /// The name of `key`; a key that was not there before is named whole.
    pub(crate) fn name_of(&self, key: &'a KeyInfo) -> &'a str {
        let fingerprint = key.fingerprint.as_str();
        self.0.get(fingerprint).copied().unwrap_or(fingerprint)
    }
}

/// The fingerprint of `key` without the name of the hash.
pub(crate) fn digits_of(key: &KeyInfo) -> &str {
    let fingerprint = key.fingerprint.as_str();
    fingerprint.strip_prefix(HASH).unwrap_or(fingerprint)
}

fn chars_in_common(one: &str, other: &str) -> usize {
    let both = one.chars().zip(other.chars());
    both.take_while(|(one, other)| one == other).count()
}

#[cfg(test)]
mod tests {
    use sshtpm_dbus::KeyInfo;

    use super::ShortNames;
    use crate::key_listing::example_key;

    fn names(fingerprints: &[&str]) -> Vec<String> {
        let key = |fingerprint: &&str| KeyInfo {
            fingerprint: format!("SHA256:{fingerprint}"),
            ..example_key()
        };
        let keys: Vec<KeyInfo> = fingerprints.iter().map(key).collect();
        let names = ShortNames::of(&keys);
        keys.iter()
            .map(|key| names.name_of(key).to_owned())
            .collect()
    }

    #[test]
    fn a_name_has_eight_characters_or_as_many_as_tell_the_keys_apart() {
        assert_eq!(names(&["abcdefghijkl"]), ["abcdefgh"]);
        assert_eq!(
            names(&["abcdefghijkl", "zbcdefghijkl"]),
            ["abcdefgh", "zbcdefgh"]
        );
        assert_eq!(
            names(&["abcdefghijkl", "x12345678901", "abcdefghiJkl"]),
            ["abcdefghij", "x123456789", "abcdefghiJ"]
        );
    }

    #[test]
    fn a_short_fingerprint_is_shown_whole() {
        assert_eq!(names(&["abc", "abcd"]), ["abc", "abcd"]);
    }
}
