//! Which of the usable host keys sshd is given.
//!
//! Purpose: before OpenSSH 10.0, sshd ends the session of each user whose client knows one host key
//! and asks for the proof of another one, if that is an ECDSA or Ed25519 key of an agent. Clients
//! ask by default (`UpdateHostKeys`), so such a key beside another one shuts out clients that know
//! the other one alone. RSA keys are proved.
//!
//! There, sshd gets an ECDSA key only if that is its one host key. One that it uses already stays,
//! because clients may know no other one; to take it away would shut those out.
//!
//! May touch: runs `sshd -V`; reads sshd's configuration and the public key files in it.

use std::path::{Path, PathBuf};

use sshtpm_dbus::KeyInfo;

use super::config_lines::{self, ConfigLine};
use super::file_changes;
use super::offered::{Offered, Remarks};
use super::refusal::refused;
use super::ruled_out::Rule;
use super::running;
use super::software_keys;
use super::sshd::Sshd;
use super::sshd_settings::Settings;
use super::sshd_version::{FIRST_TO_PROVE, SshdVersion};
use super::{config_dir::ConfigDir, drop_in};
use crate::accepted_keys::KeyType;
use crate::error::Failure;
use crate::public_key_file::holds;

/// The keys that sshd gets, and those that it does not get.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Selection {
    /// What sshd gets.
    pub(crate) given: Vec<KeyInfo>,
    /// What this sshd would prove badly.
    pub(crate) left_out: Vec<KeyInfo>,
    /// Why, or what is wrong with the keys that it gets all the same.
    pub(crate) remarks: Remarks,
}

impl Selection {
    /// Selects among `keys`; `put_away` says whether sshd's host key files go.
    ///
    /// # Errors
    ///
    /// sshd offers none of them to clients, or would prove none to clients that know its other host
    /// keys.
    pub(crate) async fn of(sshd: &Sshd, keys: &[KeyInfo], put_away: bool) -> Result<Self, Failure> {
        let (place, main) = (sshd.config(), sshd.config().file());
        // A machine without any host key says nothing yet.
        let settings = sshd.settings().await.ok();
        let rule = settings
            .as_ref()
            .map(|said| Rule::of_host_keys(said, &main));
        let offered = rule.map(|rule| Offered::by(&rule, keys)).transpose()?;
        let version = match sshd.version().await {
            Some(version) if !version.proves_ecdsa() => version,
            _ => {
                return Ok(Self {
                    given: keys.to_vec(),
                    ..Self::default()
                });
            }
        };
        let (keys, mut remarks) = match offered {
            Some(offered) => (offered.keys, offered.remarks),
            None => (keys.to_vec(), Remarks::new()),
        };
        let in_use = files_in_use(place);
        let is_in_use = |key: &KeyInfo| in_use.iter().any(|file| holds(file, &key.public_key));
        let pid_file = settings.as_ref().and_then(Settings::pid_file);
        let go_now = put_away && !running::may_not_know(&place.drop_in(), pid_file);
        let other = other_host_key(place, go_now);
        let mut selection = Self::for_old(version, &keys, is_in_use, other.as_ref())?;
        selection.remarks.append(&mut remarks);
        Ok(selection)
    }

    fn for_old(
        version: SshdVersion,
        keys: &[KeyInfo],
        is_in_use: impl Fn(&KeyInfo) -> bool,
        other: Option<&ConfigLine>,
    ) -> Result<Self, Failure> {
        let is_rsa = |key: &&KeyInfo| KeyType::from(*key).is_rsa();
        let mut given: Vec<&KeyInfo> = keys
            .iter()
            .filter(|key| is_rsa(key) || is_in_use(key))
            .collect();
        if given.is_empty() {
            match other {
                Some(line) => return Err(beside_another(version, line)),
                None => given.extend(keys.first()),
            }
        }
        let left_out = keys.iter().filter(|key| !given.contains(key));
        let left_out: Vec<KeyInfo> = left_out.cloned().collect();
        let has_two = given.len() > 1 || other.is_some();
        let is_cutting = has_two && !given.iter().all(is_rsa);
        Ok(Self {
            given: given.into_iter().cloned().collect(),
            remarks: remark(version, is_cutting, !left_out.is_empty()),
            left_out,
        })
    }
}

fn remark(version: SshdVersion, is_cutting: bool, leaves_out: bool) -> Remarks {
    match (is_cutting, leaves_out) {
        (true, _) => {
            let (found, next) = cuts_sessions(version);
            vec![format!("{found}. {next}")]
        }
        (false, true) => vec![format!("{}.", fault(version))],
        (false, false) => Remarks::new(),
    }
}

/// What is wrong with an sshd of this `version` that has an ECDSA key of an agent beside another
/// host key.
pub(crate) fn cuts_sessions(version: SshdVersion) -> (String, String) {
    let next = "Upgrade OpenSSH; or have sshd use one host key alone, or of the TPM's keys the RSA \
                keys alone.";
    let found = format!("{}, and it has such a key beside another", fault(version));
    (found, next.to_owned())
}

fn fault(version: SshdVersion) -> String {
    format!(
        "sshd is {version}. Before {FIRST_TO_PROVE} it ends a user's session if the client knows \
         another host key and asks for a proof of an ECDSA or Ed25519 key of the TPM \
         (UpdateHostKeys)"
    )
}

fn beside_another(version: SshdVersion, line: &ConfigLine) -> Failure {
    refused(
        format!("{}; {line}", fault(version)),
        "Make an RSA key (`sshtpm host-keys generate -t rsa`; for `ensure`, types = [\"rsa\"] in \
         host-keys.toml), or remove that line.",
    )
}

/// The public key files that sshd uses now by a drop-in of ours.
fn files_in_use(place: &ConfigDir) -> Vec<PathBuf> {
    let content = file_changes::read(&place.drop_in()).ok().flatten();
    let text = content.map(|content| String::from_utf8_lossy(&content.bytes).into_owned());
    let own = text.filter(|text| drop_in::is_own(text));
    own.map_or_else(Vec::new, |text| drop_in::key_files(&text))
}

/// The line that names a host key that is there and not ours. If the files that sshd uses by
/// default `go_now`, those are not there.
pub(crate) fn other_host_key(place: &ConfigDir, go_now: bool) -> Option<ConfigLine> {
    let gone = match go_now {
        true => software_keys::present(place.path()),
        false => Vec::new(),
    };
    let is_there = |file: &Path| {
        let exists = file.exists() || drop_in::public_key_file(file).exists();
        exists && !gone.iter().any(|gone| gone == file)
    };
    let lines = config_lines::setting(&place.file(), &["hostkey"]);
    let others = lines
        .into_iter()
        .filter(|line| line.file != place.drop_in());
    let mut named = others.filter_map(|line| Some((line.value()?, line)));
    let found = named.find(|(file, _)| is_there(Path::new(file)));
    found.map(|(_, line)| line)
}

#[cfg(test)]
mod tests {
    use sshtpm_dbus::KeyInfo;

    use super::{ConfigLine, Selection, SshdVersion};
    use crate::key_listing::example_key;

    fn key(algorithm: &str, comment: &str) -> KeyInfo {
        KeyInfo {
            algorithm: algorithm.to_owned(),
            comment: comment.to_owned(),
            ..example_key()
        }
    }

    fn ecdsa(comment: &str) -> KeyInfo {
        key("ecdsa-sha2-nistp256", comment)
    }

    fn rsa(comment: &str) -> KeyInfo {
        key("ssh-rsa", comment)
    }

    fn line() -> ConfigLine {
        ConfigLine {
            file: "/etc/ssh/sshd_config".into(),
            number: 3,
            text: "HostKey /etc/ssh/ssh_host_ed25519_key".to_owned(),
            is_in_match: false,
        }
    }

    /// The comments of the keys that OpenSSH 9.2 gets, of which those in `in_use` are in use.
    fn given(keys: &[KeyInfo], in_use: &[&str], other: bool) -> Result<Vec<String>, String> {
        let version = SshdVersion::find("OpenSSH_9.2").unwrap();
        let is_in_use = |key: &KeyInfo| in_use.contains(&key.comment.as_str());
        let line = line();
        let selection = Selection::for_old(version, keys, is_in_use, other.then_some(&line))
            .map_err(|failure| failure.to_string())?;
        assert_eq!(selection.given.len() + selection.left_out.len(), keys.len());
        let given: Vec<String> = selection.given.into_iter().map(|key| key.comment).collect();
        let ecdsa = keys.iter().filter(|key| key.algorithm != "ssh-rsa");
        let has_ecdsa = ecdsa.clone().any(|key| given.contains(&key.comment));
        let is_cutting = has_ecdsa && (given.len() > 1 || other);
        let remarks = selection.remarks.concat();
        assert_eq!(remarks.contains("has such a key"), is_cutting);
        assert!(selection.left_out.is_empty() || !remarks.is_empty());
        Ok(given)
    }

    #[test]
    fn one_ecdsa_key_is_given_if_it_is_the_only_host_key() {
        assert_eq!(given(&[ecdsa("a")], &[], false).unwrap(), ["a"]);
        let two = [ecdsa("a"), ecdsa("b")];
        assert_eq!(given(&two, &[], false).unwrap(), ["a"]);
        let text = given(&[ecdsa("a")], &[], true).unwrap_err();
        assert!(text.contains("line 3 of /etc/ssh/sshd_config"), "{text}");
    }

    #[test]
    fn rsa_keys_are_given_beside_anything_and_ecdsa_keys_beside_them_are_not() {
        let keys = [ecdsa("a"), rsa("b"), rsa("c")];
        assert_eq!(given(&keys, &[], false).unwrap(), ["b", "c"]);
        assert_eq!(given(&keys, &[], true).unwrap(), ["b", "c"]);
    }

    #[test]
    fn an_ecdsa_key_that_is_in_use_stays() {
        let keys = [ecdsa("a"), rsa("b")];
        assert_eq!(given(&keys, &["a"], false).unwrap(), ["a", "b"]);
        assert_eq!(given(&[ecdsa("a")], &["a"], true).unwrap(), ["a"]);
        let two = [ecdsa("a"), ecdsa("b")];
        assert_eq!(given(&two, &["b"], false).unwrap(), ["b"]);
    }
}
