//! Files of every kind that is not a configuration.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use serde::Deserialize;
use tempfile::NamedTempFile;

use super::read;

const MOST: u64 = 64;

#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Example {
    number: u8,
}

fn error_of(path: &Path) -> String {
    let error = read::<Example>(path, MOST).unwrap_err().to_string();
    assert!(error.contains(&*path.to_string_lossy()), "{error}");
    error
}

fn written(text: impl AsRef<[u8]>) -> NamedTempFile {
    let file = NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    file
}

#[test]
fn a_file_is_parsed_whole() {
    let file = written("number = 7\n");
    let read = read(file.path(), MOST).unwrap();
    assert_eq!(read, Some(Example { number: 7 }));
}

#[test]
fn a_missing_file_is_no_error() {
    let path = Path::new("/nonexistent/example.toml");
    assert_eq!(read::<Example>(path, MOST).unwrap(), None);
}

#[test]
fn a_link_that_leads_nowhere_is_not_taken_for_a_missing_file() {
    let directory = tempfile::tempdir().unwrap();
    let link = directory.path().join("example.toml");
    symlink("/nonexistent/example.toml", &link).unwrap();
    assert!(error_of(&link).contains("leads nowhere"));
}

#[test]
fn a_link_to_a_file_is_followed() {
    let file = written("number = 7\n");
    let directory = tempfile::tempdir().unwrap();
    let link = directory.path().join("example.toml");
    symlink(file.path(), &link).unwrap();
    let read = read(&link, MOST).unwrap();
    assert_eq!(read, Some(Example { number: 7 }));
}

#[test]
fn a_file_that_others_could_write_is_not_believed() {
    for mode in [0o620, 0o602, 0o666] {
        let file = written("number = 7\n");
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(file.path(), permissions).unwrap();
        let error = error_of(file.path());
        assert!(error.contains("chmod go-w"), "{error}");
    }
}

#[test]
fn a_path_that_is_not_a_regular_file_is_not_waited_for() {
    let directory = tempfile::tempdir().unwrap();
    let fifo = directory.path().join("fifo");
    mkfifo(&fifo, Mode::S_IRUSR).unwrap();
    for path in [directory.path(), fifo.as_path()] {
        let error = error_of(path);
        assert!(error.contains("regular file"), "{error}");
    }
}

#[test]
fn a_file_that_is_too_long_or_not_text_is_refused() {
    let long = written("#".repeat(65));
    assert!(error_of(long.path()).contains("more than 64 bytes"));
    assert!(error_of(written([0xff]).path()).contains("UTF-8"));
}

#[test]
fn a_mistake_is_named_with_line_and_key() {
    let unknown = written("number = 7\nname = 8\n");
    let error = error_of(unknown.path());
    assert!(error.contains(": line 2: name: "), "{error}");
    let bad = written("# first\nnumber = 256\n");
    let error = error_of(bad.path());
    assert!(error.contains(": line 2: number: "), "{error}");
}
