//! Whether clients can log in with the host keys that sshd uses now, as far as its configuration
//! says.
//!
//! May touch: runs `sshd -T` and `sshd -V`. Must never have a key sign: no client is started.

use std::path::PathBuf;

use super::config_dir::ConfigDir;
use super::remarks;
use super::ruled_out::Rule;
use super::selection::{cuts_sessions, other_host_key};
use super::sshd::Sshd;
use crate::accepted_keys::KeyType;
use crate::args::{HOST_AGENT_SOCKET, SshdArgs};
use crate::key_listing::type_label;

/// What stands in the way of logins.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Obstacle {
    /// Nobody can log in: why, and what to do.
    Everybody(String, String),
    /// Some clients or users cannot, or a key is there for nothing: what, and what to do.
    Some(String, String),
}

/// What stands in the way of logins where sshd has `keys` in the TPM; only root can see it.
pub(crate) async fn look(keys: &[KeyType]) -> Option<Obstacle> {
    let args = SshdArgs {
        sshd_config_dir: None,
        agent_socket: PathBuf::from(HOST_AGENT_SOCKET),
        sshd: None,
    };
    let place = ConfigDir::of(&args).ok()?;
    let sshd = Sshd::look_for(&args, &place)?;
    let main = place.file();
    let settings = match sshd.settings().await {
        Ok(settings) => settings,
        Err(_) => return ruled_out(&Rule::of_rsa_size(&main), keys),
    };
    let ruled_out = ruled_out(&Rule::of_host_keys(&settings, &main), keys);
    if let Some(Obstacle::Everybody(..)) = ruled_out {
        return ruled_out;
    }
    let has_two = keys.len() > 1 || other_host_key(&place, false).is_some();
    let cut = cut_sessions(&sshd, has_two, keys).await;
    let users = remarks::on_users(&sshd).await;
    let users = users.map(|why| Obstacle::Some(why, String::new()));
    cut.or(ruled_out).or(users)
}

/// Those of `keys` that no client is offered.
fn ruled_out(rule: &Rule<'_>, keys: &[KeyType]) -> Option<Obstacle> {
    let whys = keys.iter().filter_map(|key| {
        let label = type_label(&key.name, key.bits);
        rule.why(key).map(|why| format!("{label}: {why}"))
    });
    let whys: Vec<String> = whys.collect();
    let found = format!(
        "sshd never offers its host keys of these types: {}",
        whys.join("; ")
    );
    let remedy = rule.remedy(keys.first()?);
    match whys.len() {
        0 => None,
        count if count == keys.len() => Some(Obstacle::Everybody(found, remedy)),
        _ => Some(Obstacle::Some(found, remedy)),
    }
}

async fn cut_sessions(sshd: &Sshd, has_two: bool, keys: &[KeyType]) -> Option<Obstacle> {
    if !has_two || keys.iter().all(KeyType::is_rsa) {
        return None;
    }
    let version = sshd.version().await?;
    let (found, next) = cuts_sessions(version);
    (!version.proves_ecdsa()).then_some(Obstacle::Some(found, next))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{KeyType, Obstacle, Rule, ruled_out};
    use crate::host_keys::sshd_settings::Settings;

    fn look(algorithms: &str) -> Option<Obstacle> {
        let settings = Settings::new(format!("hostkeyalgorithms {algorithms}\n"));
        let rule = Rule::of_host_keys(&settings, Path::new("/nonexistent"));
        let key = |name: &str, bits| KeyType {
            name: name.to_owned(),
            bits,
        };
        let keys = [key("ssh-rsa", 3072), key("ecdsa-sha2-nistp256", 256)];
        ruled_out(&rule, &keys)
    }

    #[test]
    fn one_key_for_nothing_is_told_apart_from_a_locked_door() {
        assert_eq!(look("ecdsa-sha2-nistp256,rsa-sha2-256"), None);
        assert!(matches!(
            look("ecdsa-sha2-nistp256"),
            Some(Obstacle::Some(..))
        ));
        let Some(Obstacle::Everybody(found, next)) = look("ssh-ed25519") else {
            panic!("somebody could log in");
        };
        assert!(
            found.contains("RSA 3072") && found.contains("ECDSA"),
            "{found}"
        );
        assert!(!next.is_empty());
    }
}
