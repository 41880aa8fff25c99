//! The public key files that name the host keys to sshd, and the certificates beside them: their
//! names, and how to recognize them.
//!
//! May touch: these files. They outlive the drop-in that named them, because an sshd that was not
//! yet reloaded goes on using them; so each one says itself that it is ours.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use sshtpm_dbus::KeyInfo;

use super::file_changes::{self, FileChanges};
use crate::error::Failure;
use crate::key_listing::authorized_keys_line;
use crate::public_key_file::files_where;

/// How all of them begin; no other program's files do.
const FILE_PREFIX: &str = "sshtpm_host_";

/// How all of them end before `.pub`, as sshd's own do.
const FILE_SUFFIX: &str = "_key";

/// How the certificates of keys end before `.pub`.
const CERTIFICATE_SUFFIX: &str = "_key-cert";

/// End of the comment in all of them.
const MARK: &str = "(made by sshtpm)";

/// Names for `keys`, in the same order and without `.pub`: `sshtpm_host_ecdsa_key`,
/// `…_ecdsa384_key`, `…_rsa_key`; a second key of the same type gets `…_ecdsa_2_key`, and so on.
/// The name of a key does not change when a younger one is added.
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

/// The content of the file of `key`: one line.
pub(crate) fn content(key: &KeyInfo) -> String {
    marked(&authorized_keys_line(key))
}

/// The content of a file with this line.
pub(crate) fn marked(line: &str) -> String {
    format!("{line} {MARK}\n")
}

/// Writes a file, or overwrites one of ours: that may be left from a `disable`, or from an `enable`
/// that was killed half-way.
///
/// # Errors
///
/// sshtpm did not make the file that is there, or it cannot be written.
pub(crate) fn write(path: &Path, content: &str, changes: &mut FileChanges) -> Result<(), Failure> {
    match file_changes::read(path)? {
        Some(there) if !is_own(&there.bytes) => Err(Failure::new(
            format!("cannot write {}", path.display()),
            "a file that sshtpm did not make is there",
        )
        .and_next("Move it away first.")),
        _ => changes.write(path, content),
    }
}

/// Whether sshtpm made a file with this content.
pub(crate) fn is_own(content: &[u8]) -> bool {
    content.trim_ascii_end().ends_with(MARK.as_bytes())
}

/// The key files and certificates that sshtpm made in `directory`, whether a drop-in names them or
/// not. What cannot be read is left out.
pub(crate) fn own_files(directory: &Path) -> Vec<PathBuf> {
    files_where(directory, FILE_PREFIX, is_own_file)
}

/// Whether sshtpm made the file at `path`, by name and content.
pub(crate) fn is_own_file(path: &Path) -> bool {
    let stem = path.file_stem().and_then(|stem| stem.to_str());
    let content = file_changes::read(path).ok().flatten();
    let suffixes = [FILE_SUFFIX, CERTIFICATE_SUFFIX];
    let ends = |stem: &str| suffixes.iter().any(|suffix| stem.ends_with(suffix));
    stem.is_some_and(|stem| stem.starts_with(FILE_PREFIX) && ends(stem))
        && content.is_some_and(|content| is_own(&content.bytes))
}

fn family(algorithm: &str) -> &'static str {
    match algorithm {
        "ecdsa-sha2-nistp256" => "ecdsa",
        "ecdsa-sha2-nistp384" => "ecdsa384",
        "ecdsa-sha2-nistp521" => "ecdsa521",
        "ssh-rsa" => "rsa",
        "ssh-ed25519" => "ed25519",
        // A younger broker may know more; nothing it says becomes part of a path.
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use sshtpm_dbus::KeyInfo;

    use super::{content, file_names, own_files};
    use crate::key_listing::example_key;

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
    fn a_file_is_known_again_by_name_and_content() {
        let directory = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(directory.path().join(name), text).unwrap();
        let ours = content(&example_key());
        write("sshtpm_host_ecdsa_key.pub", &ours);
        write("sshtpm_host_ecdsa_2_key.pub", &ours);
        write("sshtpm_host_rsa_key.pub", "ssh-rsa AAAA theirs\n");
        write("sshtpm_host_copy.pub", &ours);
        write("ssh_host_ecdsa_key.pub", &ours);
        let link = directory.path().join("sshtpm_host_link_key.pub");
        std::os::unix::fs::symlink("sshtpm_host_ecdsa_key.pub", link).unwrap();
        let names = ["sshtpm_host_ecdsa_2_key.pub", "sshtpm_host_ecdsa_key.pub"];
        let files = names.map(|name| directory.path().join(name));
        assert_eq!(own_files(directory.path()), files);
    }

    #[test]
    fn a_file_is_one_line_that_begins_with_the_key() {
        let text = content(&example_key());
        assert_eq!(text.lines().count(), 1);
        assert!(text.starts_with(&example_key().public_key), "{text}");
    }

    #[test]
    fn each_type_has_its_name() {
        assert_eq!(
            names(&[
                "ecdsa-sha2-nistp256",
                "ssh-rsa",
                "ecdsa-sha2-nistp521",
                "ssh-ed25519"
            ]),
            [
                "sshtpm_host_ecdsa_key",
                "sshtpm_host_rsa_key",
                "sshtpm_host_ecdsa521_key",
                "sshtpm_host_ed25519_key"
            ]
        );
    }

    #[test]
    fn several_keys_of_one_type_are_numbered() {
        assert_eq!(
            names(&["ssh-rsa", "ssh-rsa", "ssh-rsa"]),
            [
                "sshtpm_host_rsa_key",
                "sshtpm_host_rsa_2_key",
                "sshtpm_host_rsa_3_key"
            ]
        );
    }

    #[test]
    fn an_unknown_type_cannot_lead_out_of_the_directory() {
        assert_eq!(names(&["../../etc/passwd"]), ["sshtpm_host_other_key"]);
    }
}
