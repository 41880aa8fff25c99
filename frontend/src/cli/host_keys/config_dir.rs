//! sshd's configuration directory: what is where in it, and who may change it.
//!
//! May touch: holds a lock on the directory, which is no file of its own. Must never write.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use super::sshd::{CONFIG_DIR, drop_in_of};
use crate::cli::args::SshdArgs;
use crate::cli::error::Failure;
use crate::cli::person;

/// A configuration directory that the caller may change.
#[derive(Clone, Debug)]
pub(crate) struct ConfigDir {
    path: PathBuf,
    is_the_machines: bool,
}

/// While this lives, no other command changes the directory.
#[derive(Debug)]
pub(crate) struct Lock {
    _directory: File,
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
                Failure::new("cannot change sshd's configuration", "only root can")
                    .and_next("Run it with sudo."),
            );
        }
        let path = std::path::absolute(named.unwrap_or(Path::new(CONFIG_DIR)))
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
    /// Somebody is changing it, or it is not there.
    pub(crate) fn lock(&self) -> Result<Lock, Failure> {
        let cannot = |why: &dyn std::fmt::Display| {
            Failure::new(format!("cannot change {}", self.path.display()), why)
        };
        let directory = File::open(&self.path).map_err(|error| cannot(&error))?;
        match directory.try_lock() {
            Ok(()) => Ok(Lock {
                _directory: directory,
            }),
            Err(TryLockError::WouldBlock) => Err(cannot(&"another command is just doing that")
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
        drop_in_of(&self.path)
    }

    /// The directory of drop-ins.
    pub(crate) fn drop_in_dir(&self) -> PathBuf {
        let drop_in = self.drop_in();
        drop_in.parent().unwrap_or(&self.path).to_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::ConfigDir;

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
