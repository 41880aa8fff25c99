//! Keys in lines of known_hosts, without those that other lines revoke.
//!
//! Source: sshd(8), SSH_KNOWN_HOSTS FILE FORMAT.

use ssh_key::PublicKey;
use ssh_key::public::KeyData;
use sshtpm_dbus::HostKey;

/// Keys of one host, and keys that were revoked for it.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) keys: Vec<(KeyData, bool)>,
    pub(super) revoked: Vec<KeyData>,
}

impl Found {
    /// Takes what is in lines of known_hosts.
    pub(super) fn read(&mut self, printed: &str) {
        let lines = printed.lines();
        for line in lines.filter(|line| !line.starts_with('#')) {
            let mut words = line.split_ascii_whitespace().peekable();
            let marker = words.next_if(|word| word.starts_with('@'));
            let _names = words.next();
            let Some(key) = key(words.next(), words.next()) else {
                continue;
            };
            match marker {
                None => self.keys.push((key, false)),
                Some("@cert-authority") => self.keys.push((key, true)),
                Some("@revoked") => self.revoked.push(key),
                Some(_) => {}
            }
        }
    }

    /// The keys that are not revoked, each once.
    pub(super) fn keys(self) -> Vec<HostKey> {
        let mut keys: Vec<HostKey> = Vec::new();
        for (key, is_authority) in self.keys {
            if self.revoked.contains(&key) {
                continue;
            }
            let blob = PublicKey::from(key).to_bytes().unwrap_or_default();
            let key = HostKey { blob, is_authority };
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        keys
    }
}

/// A key of a kind with which the broker can verify sessions.
pub(super) fn key(kind: Option<&str>, base64: Option<&str>) -> Option<KeyData> {
    let key = PublicKey::from_openssh(&format!("{} {}", kind?, base64?)).ok()?;
    match KeyData::from(key) {
        KeyData::Dsa(_) | KeyData::Other(_) => None,
        key => Some(key),
    }
}

#[cfg(test)]
mod tests {
    use super::Found;

    const ONE: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOHpDLrUWxopd3rlXf11TXYNQBdj6M5QfYXqlUjf8JGa";
    const OTHER: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI";

    fn found(printed: &str) -> Vec<bool> {
        let mut found = Found::default();
        found.read(printed);
        let keys = found.keys();
        keys.iter().map(|key| key.is_authority).collect()
    }

    #[test]
    fn keys_and_authorities_are_taken_each_once() {
        let printed = format!(
            "# Host alpha found: line 1 \nalpha {ONE}\n|1|salt=|hash= {ONE} a comment\n\
             # Host alpha found: line 3 CA\n@cert-authority *.example {OTHER}\n"
        );
        assert_eq!(found(&printed), [false, true]);
    }

    #[test]
    fn a_revoked_key_is_left_out_wherever_that_is_said() {
        let printed = format!("alpha {ONE}\nalpha {OTHER}\n@revoked alpha {ONE}\n");
        assert_eq!(found(&printed).len(), 1);
        assert_eq!(found(&format!("@revoked * {ONE}\nalpha {ONE}\n")).len(), 0);
    }

    #[test]
    fn what_is_no_key_or_of_an_unknown_kind_is_left_out() {
        for line in [
            "alpha",
            "alpha ssh-ed25519",
            "alpha ssh-ed25519 AAAA",
            "@unknown alpha ssh-ed25519",
            "alpha ssh-dss AAAAB3NzaC1kc3MAAAABAQ==",
        ] {
            assert_eq!(found(line).len(), 0, "{line}");
        }
    }
}
