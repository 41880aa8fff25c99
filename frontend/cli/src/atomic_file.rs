//! Files that are there whole or not at all.
//!
//! May touch: the file it is given and its directory. A temporary file beside it takes the
//! content, is made durable, and is then renamed, so that a crash or a full disk leaves the old
//! state or the new one.

use std::fs::{File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tempfile::Builder;

/// What to do if the file is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Existing {
    /// Fail with [`io::ErrorKind::AlreadyExists`]; a file that another program makes
    /// at the same time is never lost.
    Keep,
    /// Take its place. A symbolic link is replaced, not followed.
    Replace,
}

/// Writes `content` to `path` with these permission bits, whatever the umask.
///
/// # Errors
///
/// The file is there and is to be kept, or cannot be written; then nothing has changed.
pub(crate) fn write(path: &Path, content: &[u8], mode: u32, existing: Existing) -> io::Result<()> {
    let directory = directory_of(path);
    let mut file = Builder::new().prefix(".sshtpm-").tempfile_in(directory)?;
    file.write_all(content)?;
    file.as_file()
        .set_permissions(Permissions::from_mode(mode))?;
    file.as_file().sync_all()?;
    match existing {
        Existing::Keep => file.persist_noclobber(path),
        Existing::Replace => file.persist(path),
    }
    .map_err(|error| error.error)?;
    sync_directory(directory)
}

/// Makes a change of the names in `directory` durable.
///
/// # Errors
///
/// The directory cannot be opened or synchronised.
pub(crate) fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

/// The directory in which `path` is; `.` for a bare name.
pub(crate) fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) => Path::new("."),
        None => path,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::ErrorKind;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::{Existing, write};

    #[test]
    fn a_new_file_has_the_content_and_the_permissions() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        write(&path, b"new", 0o644, Existing::Keep).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o7777,
            0o644
        );
    }

    #[test]
    fn a_file_to_be_kept_is_not_touched_and_nothing_is_left_beside_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        fs::write(&path, "old").unwrap();
        let error = write(&path, b"new", 0o644, Existing::Keep).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_dangling_symbolic_link_counts_as_a_file_that_is_there() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("link");
        symlink("nowhere", &path).unwrap();
        let error = write(&path, b"new", 0o644, Existing::Keep).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        assert!(!directory.path().join("nowhere").exists());
    }

    #[test]
    fn replacing_a_symbolic_link_leaves_its_target_alone() {
        let directory = tempfile::tempdir().unwrap();
        let (path, target) = (
            directory.path().join("link"),
            directory.path().join("target"),
        );
        fs::write(&target, "old").unwrap();
        symlink(&target, &path).unwrap();
        write(&path, b"new", 0o644, Existing::Replace).unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"old");
        assert_eq!(fs::read(&path).unwrap(), b"new");
    }
}
