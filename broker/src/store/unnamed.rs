//! A file that is complete and on the disk before it has a name.

use std::fs::Permissions;
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use tempfile::NamedTempFile;

use super::directory::TEMPORARY_PREFIX;

/// Root's alone: the mode of each file of the store.
pub(super) const PRIVATE_FILE: u32 = 0o600;

/// Writes `bytes` to a new file in `directory`, which a crash leaves whole or without its name. It
/// is removed when it is dropped, unless it got a name.
///
/// # Errors
///
/// The disk is full or fails.
pub(super) fn write(directory: &Path, bytes: &[u8]) -> io::Result<NamedTempFile> {
    let mut unnamed = tempfile::Builder::new()
        .prefix(TEMPORARY_PREFIX)
        .permissions(Permissions::from_mode(PRIVATE_FILE))
        .tempfile_in(directory)?;
    unnamed.as_file_mut().write_all(bytes)?;
    unnamed.as_file().sync_all()?;
    Ok(unnamed)
}
