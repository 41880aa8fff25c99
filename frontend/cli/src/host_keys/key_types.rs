//! The types of which there has to be a host key.
//!
//! Purpose: turn `types` of the configuration and `--type` into what can be generated, and say
//! which of them no key is there for.

use serde::Deserialize;
use sshtpm_dbus::KeyInfo;

use crate::algorithm::Algorithm;

/// Most types: three curves, three lengths of RSA, RSA of any length, and Ed25519.
const MAX_TYPES: usize = 8;

/// What stands between name and bits.
const BITS: char = ':';

/// At least one type, and none twice.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub(crate) struct KeyTypes(Vec<Algorithm>);

impl KeyTypes {
    /// The types of which none of `keys` is.
    pub(crate) fn missing(&self, keys: &[KeyInfo]) -> Vec<Algorithm> {
        let mut missing = self.0.clone();
        missing.retain(|algorithm| !keys.iter().any(|key| is_of(key, *algorithm)));
        missing
    }
}

impl Default for KeyTypes {
    fn default() -> Self {
        Self(vec![Algorithm::DEFAULT])
    }
}

impl TryFrom<Vec<String>> for KeyTypes {
    type Error = String;

    fn try_from(names: Vec<String>) -> Result<Self, String> {
        if names.is_empty() || names.len() > MAX_TYPES {
            return Err(format!("expected 1 to {MAX_TYPES} types"));
        }
        let mut types = Vec::with_capacity(names.len());
        for name in &names {
            let algorithm = parse(name)?;
            if types.contains(&algorithm) {
                return Err(format!("type `{name}` is named twice"));
            }
            types.push(algorithm);
        }
        Ok(Self(types))
    }
}

fn parse(text: &str) -> Result<Algorithm, String> {
    let Some((name, bits)) = text.split_once(BITS) else {
        return Algorithm::parse(Some(text), None);
    };
    let bits = bits.parse().map_err(|_| {
        format!("expected a number of bits after the colon in type `{text}`, got `{bits}`")
    })?;
    Algorithm::parse(Some(name), Some(bits))
}

fn is_of(key: &KeyInfo, algorithm: Algorithm) -> bool {
    key.algorithm == algorithm.name() && algorithm.bits().is_none_or(|bits| bits == key.bits)
}

#[cfg(test)]
mod tests {
    use sshtpm_dbus::KeyInfo;

    use super::KeyTypes;
    use crate::algorithm::Algorithm;
    use crate::key_listing::example_key;

    fn types(names: &[&str]) -> Result<KeyTypes, String> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        KeyTypes::try_from(names)
    }

    fn rsa(bits: u32) -> KeyInfo {
        KeyInfo {
            algorithm: "ssh-rsa".to_owned(),
            bits,
            ..example_key()
        }
    }

    #[test]
    fn types_are_named_as_for_keygen_with_bits_behind_a_colon() {
        let all = [
            "ecdsa",
            "ecdsa-sha2-nistp384",
            "ecdsa:521",
            "rsa",
            "rsa:4096",
            "ed25519",
        ];
        assert!(types(&all).is_ok());
        for name in [
            "",
            "ed25519-sk",
            "ed25519:512",
            "rsa:1024",
            "rsa:",
            "rsa:x",
            "ecdsa-sha2-nistp256:384",
        ] {
            assert!(types(&[name]).is_err(), "{name}");
        }
    }

    #[test]
    fn no_type_is_not_enough_and_one_cannot_be_there_twice() {
        assert!(types(&[]).is_err());
        assert!(types(&["rsa"; 9]).is_err());
        for twice in [["ecdsa", "ecdsa-sha2-nistp256"], ["rsa", "rsa-sha2-512"]] {
            let text = types(&twice).unwrap_err();
            assert!(text.contains(twice[1]), "{text}");
        }
    }

    #[test]
    fn a_type_is_missing_if_no_key_is_of_it() {
        let wanted = types(&["ecdsa", "rsa:4096"]).unwrap();
        assert_eq!(wanted.missing(&[example_key(), rsa(4096)]), []);
        let missing = wanted.missing(&[example_key(), rsa(2048)]);
        assert_eq!(missing, [Algorithm::Rsa(Some(4096))]);
        assert_eq!(wanted.missing(&[]).len(), 2);
    }

    #[test]
    fn rsa_without_bits_is_content_with_any_length() {
        let wanted = types(&["rsa"]).unwrap();
        assert_eq!(wanted.missing(&[rsa(2048)]), []);
    }

    #[test]
    fn the_default_is_what_keygen_makes() {
        assert_eq!(types(&["ecdsa"]), Ok(KeyTypes::default()));
    }
}
