use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use super::UserFile;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn append(path: &Path) {
    UserFile::look(path)
        .unwrap()
        .append("new\n")
        .unwrap()
        .keep();
}

#[test]
fn a_new_file_and_its_directory_are_for_the_owner_alone() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join(".ssh").join("config");
    append(&path);
    assert_eq!(fs::read(&path).unwrap(), b"new\n");
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(path.parent().unwrap()), 0o700);
}

#[test]
fn what_is_there_stays_byte_for_byte_and_so_do_its_permissions() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("config");
    for (before, after) in [
        (&b"Host a\r\n\xff"[..], &b"Host a\r\n\xff\n\nnew\n"[..]),
        (b"Host a\n", b"Host a\n\nnew\n"),
        (b"", b"new\n"),
    ] {
        fs::write(&path, before).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        append(&path);
        assert_eq!(fs::read(&path).unwrap(), after);
        assert_eq!(mode(&path), 0o640);
    }
}

#[test]
fn a_symbolic_link_stays_one() {
    let home = tempfile::tempdir().unwrap();
    let (link, target) = (home.path().join("config"), home.path().join("dotfile"));
    fs::write(&target, "old\n").unwrap();
    symlink("dotfile", &link).unwrap();
    append(&link);
    assert_eq!(fs::read_link(&link).unwrap(), Path::new("dotfile"));
    assert_eq!(fs::read(&target).unwrap(), b"old\n\nnew\n");
}

#[test]
fn a_link_that_leads_nowhere_is_not_followed() {
    let home = tempfile::tempdir().unwrap();
    let link = home.path().join("config");
    symlink("nowhere", &link).unwrap();
    assert!(UserFile::look(&link).is_err());
}

#[test]
fn what_is_not_kept_is_taken_back() {
    let home = tempfile::tempdir().unwrap();
    let (old, new) = (home.path().join("old"), home.path().join("new"));
    fs::write(&old, "old").unwrap();
    for path in [&old, &new] {
        drop(UserFile::look(path).unwrap().append("new\n").unwrap());
    }
    assert_eq!(fs::read(&old).unwrap(), b"old");
    assert!(!new.exists());
}

#[test]
fn a_change_of_another_program_is_not_taken_back() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("config");
    let written = UserFile::look(&path).unwrap().append("new\n").unwrap();
    fs::write(&path, "theirs\n").unwrap();
    drop(written);
    assert_eq!(fs::read(&path).unwrap(), b"theirs\n");
}

#[test]
fn a_file_that_changed_since_it_was_read_is_left_alone() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("config");
    fs::write(&path, "old\n").unwrap();
    let file = UserFile::look(&path).unwrap();
    fs::write(&path, "theirs\n").unwrap();
    assert!(file.append("new\n").is_err());
    assert_eq!(fs::read(&path).unwrap(), b"theirs\n");
}

#[test]
fn a_directory_is_no_file() {
    let home = tempfile::tempdir().unwrap();
    assert!(UserFile::look(home.path()).is_err());
}

#[test]
fn a_file_with_another_name_is_not_torn_from_it() {
    let home = tempfile::tempdir().unwrap();
    let (path, other) = (home.path().join("config"), home.path().join("other"));
    fs::write(&path, "old\n").unwrap();
    fs::hard_link(&path, &other).unwrap();
    assert!(UserFile::look(&path).is_err());
    fs::remove_file(&other).unwrap();
    assert!(UserFile::look(&path).is_ok());
}
