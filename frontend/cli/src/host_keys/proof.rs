//! Whether clients can log in with the host keys in the TPM, before sshd is told to use them.
//!
//! Purpose: an sshd that starts may still be one that nobody can log in to. First sshd is asked
//! which of the keys its configuration lets it offer; then a real client exchanges keys with a
//! throw-away sshd, once for each type of them.
//!
//! May touch: what [`Sshd`] and [`trial`] do.

use std::path::Path;

use sshtpm_dbus::KeyInfo;

use super::config_lines;
use super::offered::{Offered, Remarks};
use super::preview::Preview;
use super::refusal::{refused, unchanged};
use super::ruled_out::Rule;
use super::sshd::Sshd;
use super::sshd_settings::Settings;
use super::trial::{self, Failed, Wanted};
use crate::accepted_keys::KeyType;
use crate::error::Failure;
use crate::key_listing::type_label;
use crate::key_selector::describe;

/// What a client and sshd may not have in common, as one of them calls it, and the setting of sshd:
/// `ssherr.c` of OpenSSH. The last is what Debian's sshd says if it has no host key algorithm.
const IN_COMMON: [(&str, &str); 5] = [
    ("no matching key exchange method found", "KexAlgorithms"),
    ("no matching cipher found", "Ciphers"),
    ("no matching MAC found", "MACs"),
    ("no matching host key type found", "HostKeyAlgorithms"),
    ("No supported key exchange algorithms", "HostKeyAlgorithms"),
];

/// Holds `keys` against sshd's configuration with `preview`, and has a client exchange keys with
/// an sshd that has it; once more for each of the keys that are `certified`.
///
/// # Errors
///
/// sshd rejects it, or no client could log in with one of the keys.
pub(crate) async fn check(
    sshd: &Sshd,
    preview: &Preview,
    keys: &[KeyInfo],
    certified: &[KeyInfo],
) -> Result<Remarks, Failure> {
    let main = sshd.config().file();
    let settings = match sshd.settings_with(preview).await {
        Ok(settings) => settings,
        Err(failure) => return Err(short_rsa_keys(&main, keys).unwrap_or(failure)),
    };
    let rule = Rule::of_host_keys(&settings, &main);
    let offered = Offered::by(&rule, keys)?;
    for key_type in offered.types() {
        let of_type = offered.keys.iter();
        let of_type = of_type.filter(|key| key.algorithm == key_type.name);
        let wanted = Wanted::One {
            algorithms: rule.algorithms_for(&key_type),
            fingerprints: of_type.map(|key| key.fingerprint.as_str()).collect(),
        };
        trial::exchange_keys(sshd, preview, &wanted)
            .await
            .map_err(|why| failed(&main, &settings, &key_type, &why))?;
    }
    for key in certified {
        let key_type = KeyType::from(key);
        let wanted = Wanted::Certified {
            algorithms: key_type.certified_algorithms(),
            fingerprint: &key.fingerprint,
        };
        trial::exchange_keys(sshd, preview, &wanted)
            .await
            .map_err(|why| not_shown(&main, key, &why))?;
    }
    Ok(offered.remarks)
}

/// Has a client exchange keys with sshd as it is configured now, whatever its host key is. On a
/// machine without ssh there is nothing to hold against sshd.
///
/// # Errors
///
/// No client could log in.
pub(crate) async fn any_key(sshd: &Sshd) -> Result<(), Failure> {
    let what = "nobody could log in without the host keys in the TPM";
    let why = match trial::exchange_keys(sshd, &Preview::NONE, &Wanted::Any).await {
        Ok(()) | Err(Failed::NoClient(_)) => return Ok(()),
        Err(Failed::Silent) => "sshd did not answer a client in time".to_owned(),
        Err(Failed::OtherKey(key)) => format!("sshd answers with {key}"),
        Err(Failed::Said(said)) => {
            let main = sshd.config().file();
            in_common(&main, &said).unwrap_or_else(|| format!("ssh and sshd say\n{said}"))
        }
    };
    Err(Failure::new(what, why).and_next(
        "sshd's configuration was not changed. Make host key files of all types with `ssh-keygen \
         -A`, or change that line, and run this again.",
    ))
}

/// sshd does not start at all if all of its host keys are too short, and does not say where that is
/// set.
fn short_rsa_keys(main: &Path, keys: &[KeyInfo]) -> Option<Failure> {
    Offered::by(&Rule::of_rsa_size(main), keys).err()
}

fn failed(main: &Path, settings: &Settings, key_type: &KeyType, why: &Failed) -> Failure {
    let label = type_label(&key_type.name, key_type.bits);
    let what = format!("a client cannot log in with host key {label}");
    match why {
        Failed::NoClient(error) => unchanged(
            format!("cannot try it with ssh: {error}"),
            "Install ssh (openssh-client).",
        ),
        Failed::Silent => unchanged(
            format!("{what}: it took too long"),
            "Try again once `sshtpm status` shows an idle TPM.",
        ),
        Failed::OtherKey(key) => {
            let what = format!("{what}: sshd shows {key} in its place");
            other_key(main, settings, &what)
        }
        Failed::Said(said) => in_common(main, said).map_or_else(
            || {
                unchanged(
                    format!("{what}; ssh and sshd say\n{said}"),
                    "Correct what they name, and try again.",
                )
            },
            |why| {
                let change = "Change that line so that it has one that clients know, too.";
                refused(format!("{what}: {why}"), change)
            },
        ),
    }
}

/// A client is not shown the certificate of a key, although that is the only thing it takes.
fn not_shown(main: &Path, key: &KeyInfo, why: &Failed) -> Failure {
    let what = format!(
        "no client is shown the certificate of host key {}",
        describe(key)
    );
    let (why, next) = match why {
        Failed::NoClient(error) => (
            format!("cannot try it with ssh: {error}"),
            "Install ssh (openssh-client).",
        ),
        Failed::Silent => (
            "it took too long".to_owned(),
            "Try again once `sshtpm status` shows an idle TPM.",
        ),
        Failed::OtherKey(key) => (
            format!("sshd shows {key}"),
            "Have the certificate issued again.",
        ),
        Failed::Said(said) => (
            in_common(main, said).unwrap_or_else(|| format!("ssh and sshd say\n{said}")),
            "Have the certificate issued again, or change that line.",
        ),
    };
    unchanged(format!("{what}: {why}"), next)
}

/// sshd has another key of this type, which its configuration names before the drop-in.
fn other_key(main: &Path, settings: &Settings, what: &str) -> Failure {
    let drop_in = |file: &Path| file.ends_with(super::drop_in::FILE_NAME);
    let lines = config_lines::setting(main, &["hostkey"]);
    let other = lines.iter().find(|line| !drop_in(&line.file));
    let why = match (other, settings.host_keys().next()) {
        (Some(line), _) => format!("{what}; {line}"),
        (None, Some(first)) => format!("{what}; its first host key is {}", first.display()),
        (None, None) => what.to_owned(),
    };
    refused(
        why,
        "Remove the line with the other key of this type, or put it behind the Include.",
    )
}

/// What it is that client and sshd do not have in common, with the line that sets it.
fn in_common(main: &Path, said: &str) -> Option<String> {
    let found = IN_COMMON.iter().find(|(text, _)| said.contains(text));
    let (text, setting) = found?;
    let name = setting.to_ascii_lowercase();
    Some(match config_lines::effective(main, &[&name]) {
        Some(line) => format!("{text}; {line}"),
        None => format!("{text}; sshd's own default of {setting} holds"),
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::in_common;

    #[test]
    fn what_is_not_in_common_is_found_in_the_clients_words() {
        let said = "Unable to negotiate with UNKNOWN port 65535: no matching cipher found. \
                    Their offer: aes256-cbc";
        let why = in_common(Path::new("/nonexistent"), said).unwrap();
        assert!(why.contains("default of Ciphers"), "{why}");
        assert_eq!(
            in_common(Path::new("/nonexistent"), "Connection closed"),
            None
        );
    }
}
