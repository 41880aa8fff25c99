//! Keys that sshd's configuration rules out, with the line that does it and what to do instead.
//!
//! Purpose: `sshd -t` is content with host keys that no client is ever offered. Then nobody can log
//! in.
//!
//! Sources: sshd_config(5), `HostKeyAlgorithms`, `PubkeyAcceptedAlgorithms`, `RequiredRSASize`.

use std::path::Path;

use super::config_lines::{self, ConfigLine};
use super::sshd_settings::Settings;
use crate::accepted_keys::{AcceptedKeys, KeyType, Refusal};

/// Names of a setting, in lower case: the one of today first.
type Names = &'static [&'static str];

/// The setting that says how long RSA keys have to be.
pub(crate) const RSA_SIZE: Names = &["requiredrsasize", "rsaminsize"];

/// What sshd takes of one kind of keys, and where that is set.
#[derive(Debug)]
pub(crate) struct Rule<'a> {
    accepted: AcceptedKeys,
    names: Names,
    main: &'a Path,
    generate: &'static str,
}

impl<'a> Rule<'a> {
    /// For host keys, by the `settings` that come of the configuration in `main`.
    pub(crate) fn of_host_keys(settings: &Settings, main: &'a Path) -> Self {
        Self {
            accepted: settings.accepted_host_keys(),
            names: &["hostkeyalgorithms"],
            main,
            generate: "sshtpm host-keys generate",
        }
    }

    /// For the length of RSA keys alone, where sshd does not even say what its settings are because
    /// it has no other host key.
    pub(crate) fn of_rsa_size(main: &'a Path) -> Self {
        let line = config_lines::effective(main, RSA_SIZE);
        let bits = line.and_then(|line| line.value());
        Self {
            accepted: AcceptedKeys::new(None, bits.as_deref()),
            names: &[],
            main,
            generate: "sshtpm host-keys generate",
        }
    }

    /// For users' keys.
    pub(crate) fn of_user_keys(settings: &Settings, main: &'a Path) -> Self {
        Self {
            accepted: settings.accepted_user_keys(),
            names: &["pubkeyacceptedalgorithms", "pubkeyacceptedkeytypes"],
            main,
            generate: "sshtpm keygen",
        }
    }

    /// The algorithms with which a key is taken.
    pub(crate) fn algorithms_for(&self, key: &KeyType) -> Vec<String> {
        self.accepted.algorithms_for(key)
    }

    /// Why `key` is ruled out, as the rest of a sentence; `None` if it is not.
    pub(crate) fn why(&self, key: &KeyType) -> Option<String> {
        Some(match self.accepted.refuse(key)? {
            Refusal::Algorithm => {
                let missing = key.algorithms().join(" or ");
                format!("{}, which does not allow {missing}", self.place(self.names))
            }
            Refusal::ShorterThan(_) => {
                let bits = key.bits;
                format!("{}, and the key has {bits} bits", self.place(RSA_SIZE))
            }
        })
    }

    /// What to do so that there is a key that is taken in the place of this one.
    pub(crate) fn remedy(&self, key: &KeyType) -> String {
        let generate = self.generate;
        match self.accepted.possible(key) {
            Some(arguments) => {
                format!(
                    "Make a key that it allows (`{generate} {arguments}`), or change that line."
                )
            }
            None => "It allows no type that a TPM can make: add ecdsa-sha2-nistp256 to that line."
                .to_owned(),
        }
    }

    /// The lines that set it. Of those for all connections the first one counts; one in a `Match`
    /// counts before it for some.
    fn place(&self, names: &[&str]) -> String {
        let mut lines = config_lines::setting(self.main, names);
        let mut has_general = false;
        lines.retain(|line| line.is_in_match || !std::mem::replace(&mut has_general, true));
        match lines.as_slice() {
            [] => "sshd's own default holds".to_owned(),
            lines => {
                let lines = lines.iter().map(ConfigLine::to_string);
                lines.collect::<Vec<_>>().join(", and ")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{KeyType, Rule, Settings};

    fn key(name: &str, bits: u32) -> KeyType {
        let name = name.to_owned();
        KeyType { name, bits }
    }

    fn settings(printed: &str) -> Settings {
        Settings::new(printed.to_owned())
    }

    #[test]
    fn a_key_that_is_ruled_out_comes_with_the_line_and_a_remedy() {
        let directory = tempfile::tempdir().unwrap();
        let main = directory.path().join("sshd_config");
        fs::write(&main, "\nHostKeyAlgorithms rsa-*\nRequiredRSASize 3072\n").unwrap();
        let said = settings("hostkeyalgorithms rsa-sha2-512,rsa-sha2-256\nrequiredrsasize 3072\n");
        let rule = Rule::of_host_keys(&said, &main);
        let why = rule.why(&key("ecdsa-sha2-nistp256", 256)).unwrap();
        let line = format!(
            "line 2 of {} says `HostKeyAlgorithms rsa-*`",
            main.display()
        );
        assert_eq!(
            why,
            format!("{line}, which does not allow ecdsa-sha2-nistp256")
        );
        let why = rule.why(&key("ssh-rsa", 2048)).unwrap();
        assert!(
            why.contains("line 3 of") && why.ends_with("has 2048 bits"),
            "{why}"
        );
        assert_eq!(rule.why(&key("ssh-rsa", 3072)), None);
        let remedy = rule.remedy(&key("ecdsa-sha2-nistp256", 256));
        assert!(
            remedy.contains("`sshtpm host-keys generate -t rsa -b 3072`"),
            "{remedy}"
        );
    }

    #[test]
    fn where_no_type_is_possible_the_line_has_to_change() {
        let said = settings("hostkeyalgorithms sk-ssh-ed25519@openssh.com\n");
        let rule = Rule::of_host_keys(&said, Path::new("/nonexistent"));
        assert!(
            rule.remedy(&key("ssh-rsa", 2048))
                .contains("no type that a TPM can make")
        );
        let why = rule.why(&key("ssh-rsa", 2048)).unwrap();
        assert!(why.starts_with("sshd's own default"), "{why}");
    }

    #[test]
    fn lines_in_a_match_are_named_beside_the_general_one() {
        let directory = tempfile::tempdir().unwrap();
        let main = directory.path().join("sshd_config");
        let text = "PubkeyAcceptedAlgorithms ssh-ed25519\nPubkeyAcceptedAlgorithms *\n\
                    Match User bob\nPubkeyAcceptedKeyTypes ssh-rsa\n";
        fs::write(&main, text).unwrap();
        let said = settings("pubkeyacceptedalgorithms ssh-ed25519\n");
        let why = Rule::of_user_keys(&said, &main).why(&key("ssh-rsa", 3072));
        let why = why.unwrap();
        assert!(
            why.contains("line 1 of") && why.contains("line 4 of"),
            "{why}"
        );
        assert!(!why.contains("line 2 of"), "{why}");
    }

    #[test]
    fn the_length_of_rsa_keys_is_known_without_sshd() {
        let directory = tempfile::tempdir().unwrap();
        let main = directory.path().join("sshd_config");
        fs::write(&main, "RequiredRSASize=3072\n").unwrap();
        let rule = Rule::of_rsa_size(&main);
        assert!(rule.why(&key("ssh-rsa", 2048)).is_some());
        assert_eq!(rule.why(&key("ecdsa-sha2-nistp256", 256)), None);
    }
}
