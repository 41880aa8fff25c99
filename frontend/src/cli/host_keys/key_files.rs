//! Names of the public key files by which sshd knows the host keys.

use std::collections::HashMap;

use sshtpm_dbus::KeyInfo;

/// How all of them begin; nobody else's files do.
pub(crate) const FILE_PREFIX: &str = "ssh_host_sshtpm_";

/// How all of them end before `.pub`, as sshd's own do.
pub(crate) const FILE_SUFFIX: &str = "_key";

/// Names for `keys`, in the same order and without `.pub`: `ssh_host_sshtpm_ecdsa_key`,
/// `…_ecdsa384_key`, `…_rsa_key`; a second key of the same type gets `…_ecdsa_2_key`, and so on. The
/// name of a key does not change when a younger one is added.
pub(crate) fn file_names(keys: &[KeyInfo]) -> Vec<String> {
    let mut seen: HashMap<&str, u32> = HashMap::new();
    keys.iter()
        .map(|key| {
            let family = family(&key.algorithm);
            let count = seen.entry(family).or_default();
            *count += 1;
            match *count {
                1 => format!("{FILE_PREFIX}{family}{FILE_SUFFIX}"),
                number => format!("{FILE_PREFIX}{family}_{number}{FILE_SUFFIX}"),
            }
        })
        .collect()
}

fn family(algorithm: &str) -> &'static str {
    match algorithm {
        "ecdsa-sha2-nistp256" => "ecdsa",
        "ecdsa-sha2-nistp384" => "ecdsa384",
        "ecdsa-sha2-nistp521" => "ecdsa521",
        "ssh-rsa" => "rsa",
        // A younger broker may know more; nothing it says becomes part of a path.
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use sshtpm_dbus::KeyInfo;

    use super::file_names;
    use crate::cli::key_listing::example_key;

    fn names(algorithms: &[&str]) -> Vec<String> {
        let keys: Vec<KeyInfo> = algorithms
            .iter()
            .map(|algorithm| KeyInfo {
                algorithm: (*algorithm).to_owned(),
                ..example_key()
            })
            .collect();
        file_names(&keys)
    }

    #[test]
    fn each_type_has_its_name() {
        assert_eq!(
            names(&["ecdsa-sha2-nistp256", "ssh-rsa", "ecdsa-sha2-nistp521"]),
            [
                "ssh_host_sshtpm_ecdsa_key",
                "ssh_host_sshtpm_rsa_key",
                "ssh_host_sshtpm_ecdsa521_key"
            ]
        );
    }

    #[test]
    fn several_keys_of_one_type_are_numbered() {
        assert_eq!(
            names(&["ssh-rsa", "ssh-rsa", "ssh-rsa"]),
            [
                "ssh_host_sshtpm_rsa_key",
                "ssh_host_sshtpm_rsa_2_key",
                "ssh_host_sshtpm_rsa_3_key"
            ]
        );
    }

    #[test]
    fn an_unknown_type_cannot_lead_out_of_the_directory() {
        assert_eq!(names(&["../../etc/passwd"]), ["ssh_host_sshtpm_other_key"]);
    }
}
