//! A directory with one socket, which goes with it.
//!
//! May touch: that directory. Must never remove one that has anything else in it.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::error::AgentError;

/// What the name of such a directory begins with.
pub(super) const PREFIX: &str = "sshtpm-";

/// A directory for one socket, which only this user can enter. Dropping this removes it if it is
/// empty.
#[derive(Debug)]
pub(crate) struct OwnDirectory(PathBuf);

impl OwnDirectory {
    /// Makes a fresh one in `parent`.
    ///
    /// # Errors
    ///
    /// `parent` cannot be written.
    pub(super) fn make_in(parent: &Path) -> Result<Self, AgentError> {
        let made = tempfile::Builder::new()
            .prefix(PREFIX)
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(parent)
            .map_err(|source| AgentError::CannotCreate {
                path: parent.to_owned(),
                source,
            })?;
        Ok(Self(made.keep()))
    }

    /// Takes over the one around `socket`, which another process made.
    pub(crate) fn around(socket: &Path) -> Self {
        Self(socket.parent().unwrap_or(Path::new("/")).to_owned())
    }

    /// The path.
    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for OwnDirectory {
    fn drop(&mut self) {
        // The agent is ending. If this fails, `sshtpm-agent -u` removes it.
        let _ = fs::remove_dir(&self.0);
    }
}
