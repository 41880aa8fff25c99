//! The file by which ssh finds a key in the agent: `~/.ssh/id_sshtpm_<family>.pub`.
//!
//! May touch: that file, and `~/.ssh`, which it creates. Must never replace a file unless told to.
//!
//! Source: ssh(1), `-i`: "You can also specify a public key file to use the corresponding private
//! key that is loaded in ssh-agent".

use std::ffi::OsString;
use std::fs::{self, DirBuilder};
use std::io::{self, Read};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use nix::unistd::{AccessFlags, access};

use super::atomic_file::{self, Existing, directory_of};
use super::error::Failure;
use super::printable::printable;
use super::prompt;

/// Permission bits of a public key file, as ssh-keygen has them.
const FILE_MODE: u32 = 0o644;

/// Permission bits of `~/.ssh`, as ssh-keygen has them.
const DIRECTORY_MODE: u32 = 0o700;

/// Largest file that is looked into for a key, in bytes: an RSA-4096 line has about 800.
const MAX_FILE_BYTES: u64 = 64 * 1024;

/// Most directory entries that are looked at.
const MAX_ENTRIES: usize = 4096;

/// Whether a file that is there may be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Overwriting {
    /// Yes.
    Allowed,
    /// If the person at the terminal says so.
    Ask,
    /// No.
    Refused,
}

impl Overwriting {
    /// As `--force` and the terminal have it.
    pub(crate) fn new(force: bool) -> Self {
        match force {
            true => Self::Allowed,
            false if prompt::can_ask() => Self::Ask,
            false => Self::Refused,
        }
    }
}

/// A place that was found fit to take a public key.
#[derive(Debug)]
pub(crate) struct PublicKeyFile {
    path: PathBuf,
    existing: Existing,
}

impl PublicKeyFile {
    /// The file that `-f` names; `.pub` is appended if missing, so that nobody ends up with a public
    /// key where a private one is expected.
    pub(crate) fn named(file: PathBuf) -> PathBuf {
        if file.extension().is_some_and(|extension| extension == "pub") {
            return file;
        }
        let mut name = OsString::from(file);
        name.push(".pub");
        PathBuf::from(name)
    }

    /// The file in `home` for a key of `family`; creates `~/.ssh`.
    ///
    /// # Errors
    ///
    /// The directory cannot be created.
    pub(crate) fn in_home(home: &Path, family: &str) -> Result<PathBuf, Failure> {
        let directory = home.join(".ssh");
        match DirBuilder::new().mode(DIRECTORY_MODE).create(&directory) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                Err(cannot("create", &directory, error).and_next("Name another file with -f FILE."))
            }
            _ => Ok(directory.join(format!("id_sshtpm_{family}.pub"))),
        }
    }

    /// Looks whether `path` can take a key; before the key is generated, as it is a pity to find out
    /// afterwards.
    ///
    /// # Errors
    ///
    /// A file is there and is not to be replaced; the directory cannot be written to.
    pub(crate) async fn prepare(path: PathBuf, overwriting: Overwriting) -> Result<Self, Failure> {
        let directory = directory_of(&path);
        access(directory, AccessFlags::W_OK | AccessFlags::X_OK)
            .map_err(|errno| cannot("write to", directory, errno.into()))?;
        let existing = match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Existing::Keep,
            Err(error) => return Err(cannot("look at", &path, error)),
            Ok(metadata) if metadata.is_dir() => {
                return Err(cannot("write", &path, io::ErrorKind::IsADirectory.into()));
            }
            Ok(_) => may_replace(&path, overwriting).await?,
        };
        Ok(Self { path, existing })
    }

    /// Where the key goes.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes `line` and a line feed.
    ///
    /// # Errors
    ///
    /// The file cannot be written, or appeared since it was looked for.
    pub(crate) fn write(&self, line: &str) -> io::Result<()> {
        let content = format!("{line}\n");
        atomic_file::write(&self.path, content.as_bytes(), FILE_MODE, self.existing)
    }
}

/// The files `PREFIX*.pub` in `directory` that hold `public_key` (key type and base64 blob). What
/// cannot be read is left out: this only serves to remind somebody of them.
pub(crate) fn files_with_key(directory: &Path, prefix: &str, public_key: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(directory) else {
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = entries
        .take(MAX_ENTRIES)
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| is_candidate(path, prefix) && holds(path, public_key))
        .collect();
    files.sort();
    files
}

async fn may_replace(path: &Path, overwriting: Overwriting) -> Result<Existing, Failure> {
    let name = printable(&path.display().to_string());
    let question = format!("{name} already exists.\nOverwrite");
    match overwriting {
        Overwriting::Allowed => Ok(Existing::Replace),
        Overwriting::Ask if prompt::confirm(&question).await? => Ok(Existing::Replace),
        Overwriting::Ask => Err(Failure::Declined),
        Overwriting::Refused => Err(cannot("write", path, io::ErrorKind::AlreadyExists.into())
            .and_next("Choose another file with -f FILE, or replace it with --force.")),
    }
}

fn is_candidate(path: &Path, prefix: &str) -> bool {
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or("");
    name.starts_with(prefix) && name.ends_with(".pub") && path.is_file()
}

fn holds(path: &Path, public_key: &str) -> bool {
    let mut text = String::new();
    let read =
        fs::File::open(path).and_then(|file| file.take(MAX_FILE_BYTES).read_to_string(&mut text));
    read.is_ok() && text.lines().any(|line| same_key(line, public_key))
}

fn same_key(line: &str, public_key: &str) -> bool {
    line.split_whitespace()
        .take(2)
        .eq(public_key.split_whitespace())
}

fn cannot(verb: &str, path: &Path, error: io::Error) -> Failure {
    let why = match error.kind() {
        io::ErrorKind::AlreadyExists => "it already exists".to_owned(),
        _ => error.to_string(),
    };
    Failure::new(format!("cannot {verb} {}", path.display()), why)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::path::{Path, PathBuf};

    use super::{Overwriting, PublicKeyFile, files_with_key};
    use crate::cli::error::Failure;

    fn prepare(path: &Path, overwriting: Overwriting) -> Result<PublicKeyFile, Failure> {
        tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap()
            .block_on(PublicKeyFile::prepare(path.to_owned(), overwriting))
    }

    #[test]
    fn ssh_s_directory_is_created_for_the_owner_alone() {
        let home = tempfile::tempdir().unwrap();
        let path = PublicKeyFile::in_home(home.path(), "rsa").unwrap();
        assert_eq!(path, home.path().join(".ssh/id_sshtpm_rsa.pub"));
        let mode = fs::metadata(home.path().join(".ssh"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o7777, 0o700);
    }

    #[test]
    fn a_directory_that_is_there_keeps_its_permissions() {
        let home = tempfile::tempdir().unwrap();
        let directory = home.path().join(".ssh");
        fs::create_dir(&directory).unwrap();
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o755)).unwrap();
        PublicKeyFile::in_home(home.path(), "ecdsa").unwrap();
        let mode = fs::metadata(&directory).unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, 0o755);
    }

    #[test]
    fn pub_is_appended_where_it_is_missing() {
        for (given, named) in [
            ("id", "id.pub"),
            ("id.pub", "id.pub"),
            ("a.b/id.x", "a.b/id.x.pub"),
        ] {
            assert_eq!(
                PublicKeyFile::named(PathBuf::from(given)),
                PathBuf::from(named)
            );
        }
    }

    #[test]
    fn a_file_that_appears_after_the_look_is_not_overwritten() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("id.pub");
        let file = prepare(&path, Overwriting::Allowed).unwrap();
        fs::write(&path, "mine").unwrap();
        assert_eq!(
            file.write("key").unwrap_err().kind(),
            std::io::ErrorKind::AlreadyExists
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
    }

    #[test]
    fn a_file_that_is_there_is_replaced_where_that_is_allowed() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("id.pub");
        fs::write(&path, "old").unwrap();
        prepare(&path, Overwriting::Allowed)
            .unwrap()
            .write("key")
            .unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "key\n");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_is_there_is_refused_with_the_ways_out() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("id.pub");
        fs::write(&path, "old").unwrap();
        let error = prepare(&path, Overwriting::Refused)
            .unwrap_err()
            .to_string();
        assert!(error.contains("already exists"), "{error}");
        assert!(
            error.contains("-f FILE") && error.contains("--force"),
            "{error}"
        );
    }

    #[test]
    fn a_dangling_link_counts_as_a_file_that_is_there() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("id.pub");
        symlink("nowhere", &path).unwrap();
        assert!(prepare(&path, Overwriting::Refused).is_err());
    }

    #[test]
    fn a_directory_in_its_place_is_refused_even_by_force() {
        let directory = tempfile::tempdir().unwrap();
        assert!(matches!(
            prepare(directory.path(), Overwriting::Allowed),
            Err(Failure::Failed(_))
        ));
    }

    #[test]
    fn a_missing_directory_is_found_out_beforehand() {
        let directory = tempfile::tempdir().unwrap();
        let error =
            prepare(&directory.path().join("none/id.pub"), Overwriting::Allowed).unwrap_err();
        assert!(error.to_string().contains("cannot write to"), "{error}");
    }

    #[test]
    fn files_with_the_key_are_found_whatever_their_comment() {
        let directory = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| fs::write(directory.path().join(name), text).unwrap();
        file("id_sshtpm_a.pub", "ssh-rsa AAAA ann@host\n");
        file("id_sshtpm_b.pub", "# made by hand\nssh-rsa AAAA\n");
        file("id_sshtpm_c.pub", "ssh-rsa BBBB\n");
        file("id_other.pub", "ssh-rsa AAAA\n");
        symlink("nowhere", directory.path().join("id_sshtpm_d.pub")).unwrap();
        let found = files_with_key(directory.path(), "id_sshtpm_", "ssh-rsa AAAA");
        assert_eq!(
            found,
            [
                directory.path().join("id_sshtpm_a.pub"),
                directory.path().join("id_sshtpm_b.pub")
            ]
        );
    }
}
