//! What `enable` says of logins that fail although the host keys in the TPM work.
//!
//! May touch: runs `sshd -T`, and `ssh -G` with the system's configuration.

use std::path::Path;

use sshtpm_dbus::KeyInfo;

use super::ruled_out::Rule;
use super::sshd::Sshd;
use super::sshd_settings::Settings;
use crate::accepted_keys::KeyType;
use crate::algorithm::Algorithm;
use crate::key_listing::type_label;
use crate::person;
use crate::probe::ssh_settings::{ANY_HOST, SshSettings};

/// The system's configuration of ssh.
const SYSTEM_CONFIG: &str = "/etc/ssh/ssh_config";

/// Why users could not log in to this machine, or from it, with keys in the TPM.
pub(crate) async fn on_logins(sshd: &Sshd, host_keys: &[KeyInfo]) -> Vec<String> {
    let users = on_users(sshd).await;
    let own_ssh = on_own_ssh(host_keys).await;
    users.into_iter().chain(own_ssh).collect()
}

/// Why users cannot log in with the keys that they make if they choose no type. What a `Match` says
/// counts for the user that had sudo run this.
pub(crate) async fn on_users(sshd: &Sshd) -> Option<String> {
    let main = sshd.config().file();
    let user = person::behind_sudo();
    let settings = match &user {
        Some(user) => sshd.settings_of_user(user).await,
        None => sshd.settings().await,
    };
    on_users_keys(&settings.ok()?, &main, user.as_deref().unwrap_or("users"))
}

fn on_users_keys(settings: &Settings, main: &Path, who: &str) -> Option<String> {
    let rule = Rule::of_user_keys(settings, main);
    let default = KeyType::from(Algorithm::DEFAULT);
    let why = rule.why(&default)?;
    let (name, remedy) = (&default.name, rule.remedy(&default));
    Some(format!(
        "{who} cannot log in to this machine with {name} keys: {why}. {remedy}"
    ))
}

/// Why this machine's own ssh would not take one of the host keys, its own or another machine's.
async fn on_own_ssh(host_keys: &[KeyInfo]) -> Option<String> {
    let settings = SshSettings::ask_by(Path::new(SYSTEM_CONFIG), ANY_HOST).await;
    let accepted = settings.ok()?.accepted_host_keys();
    let refused = host_keys.iter().map(KeyType::from);
    let refused = refused.filter(|key| accepted.refuse(key).is_some());
    let labels: Vec<String> = refused.map(|key| type_label(&key.name, key.bits)).collect();
    (!labels.is_empty()).then(|| {
        format!(
            "ssh on this machine takes no host key of type {}: see HostKeyAlgorithms and \
             RequiredRSASize in {SYSTEM_CONFIG}",
            labels.join(", ")
        )
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Settings, on_users_keys};

    #[test]
    fn users_keys_that_sshd_does_not_take_are_told() {
        let main = Path::new("/nonexistent");
        let remark =
            |printed: &str| on_users_keys(&Settings::new(printed.to_owned()), main, "alice");
        let text = remark("pubkeyacceptedalgorithms ssh-ed25519,rsa-sha2-512\n").unwrap();
        assert!(text.starts_with("alice cannot log in"), "{text}");
        assert!(text.contains("`sshtpm keygen -t rsa`"), "{text}");
        assert_eq!(
            remark("pubkeyacceptedalgorithms ecdsa-sha2-nistp256\n"),
            None
        );
        assert_eq!(remark("port 22\n"), None);
    }
}
