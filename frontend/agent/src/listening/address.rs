//! The path of the socket.
//!
//! May touch: `$XDG_RUNTIME_DIR/sshtpm` and directories of its own for temporary files.
//!
//! Specs: XDG Base Directory Specification; unix(7).

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use nix::unistd::geteuid;
use sshtpm_client::socket::{DIRECTORY, FILE};

use super::own_directory::OwnDirectory;
use crate::error::AgentError;

/// Longest path of a socket, in bytes: `sun_path` has 108, with one for the final NUL (unix(7)).
const MAX_PATH_BYTES: usize = 107;

/// The absolute path of a socket, of at most 107 bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SocketPath(PathBuf);

impl SocketPath {
    /// The socket that the user named. Its directory must exist.
    ///
    /// # Errors
    ///
    /// The path is too long, or relative to a directory that no longer exists.
    pub(crate) fn named(path: &Path) -> Result<Self, AgentError> {
        let path = std::path::absolute(path).map_err(|source| AgentError::CannotListen {
            path: path.to_owned(),
            source,
        })?;
        if path.as_os_str().len() > MAX_PATH_BYTES {
            return Err(AgentError::PathTooLong(path));
        }
        Ok(Self(path))
    }

    /// The socket with the name `file` in the usual directory, which only the user can enter.
    /// Creates the directory.
    ///
    /// # Errors
    ///
    /// `XDG_RUNTIME_DIR` is not set, or the directory cannot be created or others can enter it.
    pub(crate) fn usual(file: &str) -> Result<Self, AgentError> {
        let directory = private_directory(runtime_directory()?.join(DIRECTORY))?;
        Self::named(&directory.join(file))
    }

    /// The same, without the directory.
    ///
    /// # Errors
    ///
    /// `XDG_RUNTIME_DIR` is not set, or the path is too long.
    pub(crate) fn usual_name(file: &str) -> Result<Self, AgentError> {
        Self::named(&runtime_directory()?.join(DIRECTORY).join(file))
    }

    /// A socket in a fresh directory of its own, in the usual one or else in `TMPDIR`.
    ///
    /// # Errors
    ///
    /// No directory can be created there.
    pub(crate) fn private() -> Result<(Self, OwnDirectory), AgentError> {
        let usual =
            runtime_directory().and_then(|runtime| private_directory(runtime.join(DIRECTORY)));
        match usual {
            Ok(directory) => Self::in_fresh(&directory),
            Err(_) => Self::in_temporary(),
        }
    }

    /// A socket in a fresh directory of its own, in `TMPDIR` or `/tmp`.
    ///
    /// # Errors
    ///
    /// No directory can be created there.
    pub(crate) fn in_temporary() -> Result<(Self, OwnDirectory), AgentError> {
        Self::in_fresh(&std::env::temp_dir())
    }

    fn in_fresh(parent: &Path) -> Result<(Self, OwnDirectory), AgentError> {
        let directory = OwnDirectory::make_in(parent)?;
        let path = Self::named(&directory.path().join(FILE))?;
        Ok((path, directory))
    }

    /// The path itself.
    pub(crate) fn as_path(&self) -> &Path {
        &self.0
    }

    /// The directory of the socket.
    pub(crate) fn directory(&self) -> &Path {
        self.0.parent().unwrap_or(Path::new("/"))
    }
}

fn runtime_directory() -> Result<PathBuf, AgentError> {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    let runtime = runtime.filter(|runtime| runtime.is_absolute());
    runtime.ok_or(AgentError::NoRuntimeDirectory)
}

/// The directories in which this agent, and OpenSSH's agent behind it, make directories of their
/// own.
pub(super) fn private_parents() -> Vec<PathBuf> {
    let runtime = runtime_directory().ok();
    let usual = runtime.as_ref().map(|runtime| runtime.join(DIRECTORY));
    let all = [usual, runtime, Some(std::env::temp_dir())];
    all.into_iter().flatten().collect()
}

fn private_directory(path: PathBuf) -> Result<PathBuf, AgentError> {
    match DirBuilder::new().mode(0o700).create(&path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(source) => return Err(AgentError::CannotCreate { path, source }),
    }
    // Does not follow a link, which might lead to a directory of another user.
    let found = path.symlink_metadata();
    let is_private = found.is_ok_and(|found| {
        found.is_dir() && found.uid() == geteuid().as_raw() && found.mode() & 0o077 == 0
    });
    if is_private {
        Ok(path)
    } else {
        Err(AgentError::NotPrivate(path))
    }
}

#[cfg(test)]
mod tests {
    use super::{SocketPath, private_directory};
    use crate::error::AgentError;
    use std::fs;
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::path::Path;

    #[test]
    fn a_path_has_at_most_107_bytes() {
        let path = |bytes: usize| format!("/{}", "x".repeat(bytes - 1));
        assert!(SocketPath::named(Path::new(&path(107))).is_ok());
        let long = SocketPath::named(Path::new(&path(108)));
        assert!(matches!(long, Err(AgentError::PathTooLong(_))));
    }

    #[test]
    fn a_relative_path_becomes_absolute() {
        let path = SocketPath::named(Path::new("s")).unwrap();
        assert_eq!(path.as_path(), std::env::current_dir().unwrap().join("s"));
    }

    #[test]
    fn the_directory_is_made_for_its_owner_alone_and_reused() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("sshtpm");
        for _ in 0..2 {
            assert!(private_directory(path.clone()).is_ok());
        }
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o700
        );
    }

    #[test]
    fn a_directory_that_others_can_enter_is_refused() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("sshtpm");
        fs::create_dir(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o710)).unwrap();
        assert!(matches!(
            private_directory(path),
            Err(AgentError::NotPrivate(_))
        ));
    }

    #[test]
    fn a_link_to_a_directory_is_refused() {
        let parent = tempfile::tempdir().unwrap();
        let target = tempfile::tempdir().unwrap();
        let path = parent.path().join("sshtpm");
        symlink(target.path(), &path).unwrap();
        assert!(matches!(
            private_directory(path),
            Err(AgentError::NotPrivate(_))
        ));
    }

    #[test]
    fn a_private_socket_leaves_nothing_behind() {
        let (path, directory) = SocketPath::private().unwrap();
        let mode = fs::metadata(path.directory()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        drop(directory);
        assert!(!path.directory().exists());
    }
}
