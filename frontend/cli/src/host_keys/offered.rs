//! The host keys that sshd offers to clients, by its configuration.

use sshtpm_dbus::KeyInfo;

use super::refusal::refused;
use super::ruled_out::Rule;
use crate::accepted_keys::KeyType;
use crate::error::Failure;
use crate::key_listing::type_label;
use crate::key_selector::describe;

/// What people are told besides.
pub(crate) type Remarks = Vec<String>;

/// At least one key that clients are offered.
#[derive(Debug)]
pub(crate) struct Offered {
    /// The keys.
    pub(crate) keys: Vec<KeyInfo>,
    /// Why there are no others.
    pub(crate) remarks: Remarks,
}

impl Offered {
    /// Those of `keys` that are taken by this rule.
    ///
    /// # Errors
    ///
    /// None is, although there are keys.
    pub(crate) fn by(rule: &Rule<'_>, keys: &[KeyInfo]) -> Result<Self, Failure> {
        let (mut offered, mut remarks) = (Vec::new(), Vec::new());
        for key in keys {
            match rule.why(&key.into()) {
                None => offered.push(key.clone()),
                Some(why) => {
                    let (label, key) = (type_label(&key.algorithm, key.bits), describe(key));
                    let remark = format!("sshd never offers host key {label} {key}: {why}");
                    remarks.push(remark);
                }
            }
        }
        match keys.first() {
            Some(first) if offered.is_empty() => {
                let why = format!("nobody could log in with them\n{}", remarks.join("\n"));
                Err(refused(why, &rule.remedy(&first.into())))
            }
            _ => Ok(Self {
                keys: offered,
                remarks,
            }),
        }
    }

    /// One key type of each name: sshd answers with the first key of it alone.
    pub(crate) fn types(&self) -> Vec<KeyType> {
        let mut types: Vec<KeyType> = Vec::new();
        for key in &self.keys {
            if !types.iter().any(|known| known.name == key.algorithm) {
                types.push(KeyType::from(key));
            }
        }
        types
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use sshtpm_dbus::KeyInfo;

    use super::{Offered, Rule};
    use crate::host_keys::sshd_settings::Settings;
    use crate::key_listing::example_key;

    fn rsa() -> KeyInfo {
        KeyInfo {
            algorithm: "ssh-rsa".to_owned(),
            bits: 3072,
            ..example_key()
        }
    }

    #[test]
    fn one_key_that_clients_are_offered_is_enough() {
        let settings = Settings::new("hostkeyalgorithms rsa-sha2-512\n".to_owned());
        let rule = Rule::of_host_keys(&settings, Path::new("/nonexistent"));
        let keys = [example_key(), rsa()];
        let offered = Offered::by(&rule, &keys).unwrap();
        assert_eq!(offered.keys, [rsa()]);
        let remarks = offered.remarks.concat();
        assert!(remarks.contains("ECDSA 256"), "{remarks}");
        let text = Offered::by(&rule, &keys[..1]).unwrap_err().to_string();
        assert!(text.contains("nobody could log in"), "{text}");
        assert!(text.contains("configuration was not changed"), "{text}");
    }

    #[test]
    fn each_type_is_there_once() {
        let settings = Settings::new(String::new());
        let rule = Rule::of_host_keys(&settings, Path::new("/nonexistent"));
        let keys = [example_key(), rsa(), example_key()];
        let types = Offered::by(&rule, &keys).unwrap().types();
        let names: Vec<&str> = types.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["ecdsa-sha2-nistp256", "ssh-rsa"]);
    }
}
