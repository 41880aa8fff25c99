//! sshd's configuration directory: where its files are, and a lock for changing them.
//!
//! May touch: holds a lock. For the machine's directory the lock is a file in `/run` that only root
//! can open: every user can open the directory, and a user that opens it can lock it. For another
//! directory the lock is that directory itself. Must never write to the directory.
//!
//! Source: flock(2).

use std::fs::{File, OpenOptions, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nix::fcntl::OFlag;
use nix::unistd::geteuid;

use super::drop_in;
use crate::args::SshdArgs;
use crate::error::Failure;
use crate::person;

/// What is locked for the machine's directory.
const LOCK_FILE: &str = "/run/sshtpm-host-keys.lock";

/// Its permission bits.
const LOCK_MODE: u32 = 0o600;

/// A configuration directory that the caller may change.
#[derive(Clone, Debug)]
pub(crate) struct ConfigDir {
    path: PathBuf,
    is_the_machines: bool,
}

/// While this lives, no other command changes the directory.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl ConfigDir {
    /// The machine's, or the one that `args` name.
    ///
    /// # Errors
    ///
    /// It is the machine's, and the caller is not root.
    pub(crate) fn of(args: &SshdArgs) -> Result<Self, Failure> {
        let named = args.sshd_config_dir.as_deref();
        if named.is_none() && !person::is_root() {
            return Err(
                Failure::new("cannot change sshd's configuration", "you are not root")
                    .and_next("Run it with sudo."),
            );
        }
        let path = std::path::absolute(named.unwrap_or(Path::new(drop_in::CONFIG_DIR)))
            .map_err(|error| Failure::new("cannot find sshd's configuration", error))?;
        Ok(Self {
            path,
            is_the_machines: named.is_none(),
        })
    }

    /// One for tests.
    #[cfg(test)]
    pub(crate) fn example(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            is_the_machines: false,
        }
    }

    /// Keeps others from changing it at the same time: each would take back what the other did.
    ///
    /// # Errors
    ///
    /// Another command is changing it, it is not there, or the lock is not the caller's own.
    pub(crate) fn lock(&self) -> Result<Lock, Failure> {
        let cannot = |why: &dyn std::fmt::Display| {
            Failure::new(format!("cannot change {}", self.path.display()), why)
        };
        let file = match self.is_the_machines {
            true => open_lock_file(Path::new(LOCK_FILE))
                .map_err(|error| cannot(&format!("{LOCK_FILE}: {error}")))?,
            false => File::open(&self.path).map_err(|error| {
                cannot(&error).and_next("Name the directory of sshd_config: --sshd-config-dir DIR.")
            })?,
        };
        match file.try_lock() {
            Ok(()) => Ok(Lock { _file: file }),
            Err(TryLockError::WouldBlock) => Err(cannot(&"another command is changing it now")
                .and_next("Try again when it has ended.")),
            Err(TryLockError::Error(error)) => Err(cannot(&error)),
        }
    }

    /// The directory with `sshd_config`.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// `sshd_config`.
    pub(crate) fn file(&self) -> PathBuf {
        self.path.join("sshd_config")
    }

    /// `sshd_config`, if sshd does not look for it there by itself.
    pub(crate) fn file_to_name(&self) -> Option<PathBuf> {
        (!self.is_the_machines).then(|| self.file())
    }

    /// sshtpm's drop-in.
    pub(crate) fn drop_in(&self) -> PathBuf {
        drop_in::path_in(&self.path)
    }

    /// The directory of drop-ins.
    pub(crate) fn drop_in_dir(&self) -> PathBuf {
        let drop_in = self.drop_in();
        drop_in.parent().unwrap_or(&self.path).to_owned()
    }
}

/// Opens a file that only the caller can open; it is not removed, because a lock on a removed file
/// holds nothing off.
fn open_lock_file(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(LOCK_MODE)
        // Neither a link nor the other end of a pipe.
        .custom_flags((OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK).bits())
        .open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() || metadata.uid() != geteuid().as_raw() {
        return Err(io::Error::other("it is not a regular file that you own"));
    }
    file.set_permissions(Permissions::from_mode(LOCK_MODE))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::path::Path;

    use super::{ConfigDir, open_lock_file};

    #[test]
    fn the_lock_file_is_its_owners_alone_even_if_it_was_not() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("lock");
        let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        open_lock_file(&path).unwrap();
        assert_eq!(mode(), 0o600);
        fs::set_permissions(&path, Permissions::from_mode(0o666)).unwrap();
        open_lock_file(&path).unwrap();
        assert_eq!(mode(), 0o600);
    }

    #[test]
    fn a_lock_that_is_no_file_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        symlink("elsewhere", path("link")).unwrap();
        assert!(open_lock_file(&path("link")).is_err());
        assert!(!path("elsewhere").exists());
        let pipe = nix::unistd::mkfifo(&path("pipe"), nix::sys::stat::Mode::S_IRWXU);
        pipe.unwrap();
        assert!(open_lock_file(&path("pipe")).is_err());
        assert!(open_lock_file(Path::new("/dev/null")).is_err());
    }

    #[test]
    fn one_command_at_a_time_changes_a_directory() {
        let directory = tempfile::tempdir().unwrap();
        let config = ConfigDir::example(directory.path());
        let lock = config.lock().unwrap();
        let text = config.lock().unwrap_err().to_string();
        assert!(text.contains("another command"), "{text}");
        drop(lock);
        config.lock().unwrap();
    }

    #[test]
    fn only_a_configuration_that_is_not_the_machines_is_named_to_sshd() {
        let config = |is_the_machines| ConfigDir {
            path: Path::new("/a").to_owned(),
            is_the_machines,
        };
        assert_eq!(config(true).file_to_name(), None);
        let file = config(false).file_to_name();
        assert_eq!(file.as_deref(), Some(Path::new("/a/sshd_config")));
        assert_eq!(config(true).drop_in_dir(), Path::new("/a/sshd_config.d"));
    }
}
