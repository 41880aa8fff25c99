//! sshd's host key files: put away while the keys in the TPM are used, and brought back.
//!
//! May touch: `ssh_host_{rsa,ecdsa,ed25519}_key` and their `.pub` in sshd's configuration
//! directory, and what they are renamed to. Must never read, overwrite or delete one: a key is
//! renamed, with the mode that it has, to a name that is free.
//!
//! The public half goes first and comes back last, so that at no moment there is one without the
//! private key: sshd would look for that in the agent.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::file_changes::FileChanges;
use crate::error::Failure;

/// The keys that sshd uses where its configuration names none: sshd_config(5), `HostKey`.
const NAMES: [&str; 3] = [
    "ssh_host_rsa_key",
    "ssh_host_ecdsa_key",
    "ssh_host_ed25519_key",
];

/// What is appended to the name of a file that is put away.
const SUFFIX: &str = ".before-sshtpm";

/// Which private keys were renamed, and which were not, because both names are taken.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Renamed {
    /// Now under their other name; given by the name that sshd knows.
    pub(crate) done: Vec<PathBuf>,
    /// Left where they are; given by the name that sshd knows.
    pub(crate) left: Vec<PathBuf>,
}

/// Renames the keys in `directory` to their copies.
///
/// # Errors
///
/// A file cannot be renamed.
pub(crate) fn put_away(directory: &Path, changes: &mut FileChanges) -> Result<Renamed, Failure> {
    rename(
        directory,
        |key| {
            for file in [&key.public, &key.private] {
                changes.rename(file, &copy_of(file))?;
            }
            Ok(())
        },
        is_there,
    )
}

/// Renames the copies in `directory` back.
///
/// # Errors
///
/// A file cannot be renamed.
pub(crate) fn bring_back(directory: &Path, changes: &mut FileChanges) -> Result<Renamed, Failure> {
    rename(
        directory,
        |key| {
            for file in [&key.private, &key.public] {
                changes.rename(&copy_of(file), file)?;
            }
            Ok(())
        },
        |file| is_there(&copy_of(file)),
    )
}

/// The keys in `directory` under the names that sshd knows.
pub(crate) fn present(directory: &Path) -> Vec<PathBuf> {
    let keys = keys(directory).into_iter().map(|key| key.private);
    keys.filter(|file| is_there(file)).collect()
}

/// Whether there is a copy in `directory`.
pub(crate) fn has_copies(directory: &Path) -> bool {
    keys(directory)
        .iter()
        .flat_map(Key::files)
        .any(|file| is_there(&copy_of(file)))
}

/// The copies of private keys in `directory`.
pub(crate) fn copies(directory: &Path) -> Vec<PathBuf> {
    let copies = keys(directory).into_iter().map(|key| copy_of(&key.private));
    copies.filter(|file| is_there(file)).collect()
}

/// The name of the copy of `file`.
pub(crate) fn copy_of(file: &Path) -> PathBuf {
    with_end(file, SUFFIX)
}

/// A private key and its public half.
struct Key {
    private: PathBuf,
    public: PathBuf,
}

impl Key {
    fn files(&self) -> [&Path; 2] {
        [&self.private, &self.public]
    }

    /// Whether a file and its copy are both there, and not one and the same after a crash.
    fn is_there_twice(&self) -> bool {
        self.files().into_iter().any(|file| {
            let numbers = |path: &Path| {
                let metadata = fs::symlink_metadata(path).ok()?;
                Some((metadata.dev(), metadata.ino()))
            };
            let (own, copy) = (numbers(file), numbers(&copy_of(file)));
            own.is_some() && copy.is_some() && own != copy
        })
    }
}

fn keys(directory: &Path) -> [Key; 3] {
    NAMES.map(|name| {
        let private = directory.join(name);
        Key {
            public: with_end(&private, ".pub"),
            private,
        }
    })
}

fn rename(
    directory: &Path,
    mut rename_one: impl FnMut(&Key) -> Result<(), Failure>,
    has_to_go: impl Fn(&Path) -> bool,
) -> Result<Renamed, Failure> {
    let mut renamed = Renamed::default();
    for key in keys(directory) {
        if !key.files().into_iter().any(&has_to_go) {
            continue;
        }
        if key.is_there_twice() {
            renamed.left.push(key.private);
        } else {
            rename_one(&key)?;
            renamed.done.push(key.private);
        }
    }
    Ok(renamed)
}

fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

fn with_end(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    use super::{FileChanges, Renamed, bring_back, has_copies, present, put_away};

    const RSA: &str = "ssh_host_rsa_key";

    fn names(directory: &Path) -> Vec<String> {
        let entries = fs::read_dir(directory).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// A directory with these files, each with its own name in it.
    fn directory(names: &[&str]) -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        for name in names {
            fs::write(directory.path().join(name), name).unwrap();
        }
        directory
    }

    fn put_away_for_good(directory: &Path) -> Renamed {
        let mut changes = FileChanges::default();
        let renamed = put_away(directory, &mut changes).unwrap();
        changes.keep();
        renamed
    }

    fn bring_back_for_good(directory: &Path) -> Renamed {
        let mut changes = FileChanges::default();
        let renamed = bring_back(directory, &mut changes).unwrap();
        changes.keep();
        renamed
    }

    #[test]
    fn keys_are_put_away_and_brought_back_as_they_are() {
        let files = [
            RSA,
            "ssh_host_rsa_key.pub",
            "ssh_host_ed25519_key",
            "sshtpm_host_rsa_key.pub",
        ];
        let directory = directory(&files);
        let directory = directory.path();
        let mode = fs::Permissions::from_mode(0o600);
        fs::set_permissions(directory.join(RSA), mode).unwrap();
        let before = names(directory);
        let both = [RSA, "ssh_host_ed25519_key"]
            .map(|name| directory.join(name))
            .to_vec();

        assert_eq!(put_away_for_good(directory).done, both);
        assert!(present(directory).is_empty() && has_copies(directory));
        let copies = [
            "ssh_host_ed25519_key.before-sshtpm",
            "ssh_host_rsa_key.before-sshtpm",
            "ssh_host_rsa_key.pub.before-sshtpm",
            "sshtpm_host_rsa_key.pub",
        ];
        assert_eq!(names(directory), copies);
        let copy = directory.join("ssh_host_rsa_key.before-sshtpm");
        assert_eq!(
            fs::metadata(&copy).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(put_away_for_good(directory), Renamed::default());

        assert_eq!(bring_back_for_good(directory).done, both);
        assert_eq!(names(directory), before);
        assert_eq!(fs::read_to_string(directory.join(RSA)).unwrap(), RSA);
        assert_eq!(bring_back_for_good(directory), Renamed::default());
    }

    #[test]
    fn changes_that_are_not_kept_put_every_key_where_it_was() {
        let directory = directory(&[RSA, "ssh_host_rsa_key.pub", "ssh_host_ecdsa_key"]);
        let before = names(directory.path());
        let mut changes = FileChanges::default();
        put_away(directory.path(), &mut changes).unwrap();
        assert_ne!(names(directory.path()), before);
        drop(changes);
        assert_eq!(names(directory.path()), before);
    }

    #[test]
    fn an_earlier_copy_is_not_overwritten_and_neither_is_a_newer_key() {
        let files = [
            RSA,
            "ssh_host_rsa_key.before-sshtpm",
            "ssh_host_rsa_key.pub",
        ];
        let directory = directory(&files);
        let before = names(directory.path());
        let left = Renamed {
            done: vec![],
            left: vec![directory.path().join(RSA)],
        };
        assert_eq!(put_away_for_good(directory.path()), left);
        assert_eq!(bring_back_for_good(directory.path()), left);
        assert_eq!(names(directory.path()), before);
    }

    #[test]
    fn what_a_crash_left_half_done_is_finished_either_way() {
        let half = || {
            let directory = directory(&[RSA, "ssh_host_rsa_key.pub.before-sshtpm"]);
            // Renaming is making the new name and then removing the old one.
            let copy = directory.path().join("ssh_host_rsa_key.before-sshtpm");
            fs::hard_link(directory.path().join(RSA), copy).unwrap();
            directory
        };
        let directory = half();
        assert!(put_away_for_good(directory.path()).left.is_empty());
        let copies = [
            "ssh_host_rsa_key.before-sshtpm",
            "ssh_host_rsa_key.pub.before-sshtpm",
        ];
        assert_eq!(names(directory.path()), copies);
        let directory = half();
        assert!(bring_back_for_good(directory.path()).left.is_empty());
        assert_eq!(names(directory.path()), [RSA, "ssh_host_rsa_key.pub"]);
    }
}
