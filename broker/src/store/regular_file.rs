//! Reading files of the state directory, whatever somebody has put in their place.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use nix::fcntl::OFlag;

/// Opens the regular file at `path`; `None` if something else is there. To open a device or a pipe
/// may have effects, so it is looked at before; and what comes in its place after that is neither
/// followed nor waited for.
///
/// # Errors
///
/// There is nothing, or the disk fails.
pub(super) fn open(path: &Path) -> io::Result<Option<File>> {
    if !fs::symlink_metadata(path)?.is_file() {
        return Ok(None);
    }
    let flags = OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK;
    let mut options = OpenOptions::new();
    let file = options.read(true).custom_flags(flags.bits()).open(path)?;
    Ok(file.metadata()?.is_file().then_some(file))
}

/// What is in `file`, but no more than one byte after `most`: by that a longer one is noticed.
///
/// # Errors
///
/// The disk fails.
pub(super) fn read(file: File, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = most.saturating_add(1);
    file.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use nix::sys::stat::Mode;
    use nix::unistd::mkfifo;

    use super::*;

    #[test]
    fn nothing_but_a_regular_file_is_opened() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = |name| directory.path().join(name);
        fs::write(path("file"), "text").expect("a file");
        symlink(path("file"), path("link")).expect("a link");
        mkfifo(&path("pipe"), Mode::S_IRWXU).expect("a pipe");
        for other in ["link", "pipe", ""] {
            assert!(open(&path(other)).expect("it is there").is_none());
        }
        assert!(open(&path("missing")).is_err());
        let file = open(&path("file")).expect("it is there");
        assert_eq!(read(file.expect("a file"), 4).expect("text"), b"text");
    }

    #[test]
    fn of_a_file_that_is_too_long_one_byte_more_is_read() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("file");
        fs::write(&path, "a longer text").expect("a file");
        let file = open(&path).expect("it is there").expect("a file");
        assert_eq!(read(file, 4).expect("text").len(), 5);
    }
}
