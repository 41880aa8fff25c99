use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

use super::{Failure, FileChanges};

#[test]
fn dropped_changes_leave_everything_as_it_was() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    fs::write(path("changed"), "before").unwrap();
    fs::set_permissions(path("changed"), fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(path("removed"), "here").unwrap();
    let mut changes = FileChanges::default();
    changes.write(&path("changed"), "once").unwrap();
    changes.write(&path("changed"), "twice").unwrap();
    changes.remove(&path("removed")).unwrap();
    changes.write(&path("new"), "new").unwrap();
    assert!(path("new").exists() && !path("removed").exists());
    drop(changes);
    assert_eq!(fs::read(path("changed")).unwrap(), b"before");
    assert_eq!(
        fs::metadata(path("changed")).unwrap().permissions().mode() & 0o7777,
        0o600
    );
    assert_eq!(fs::read(path("removed")).unwrap(), b"here");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2);
}

#[test]
fn kept_changes_stay() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file");
    let mut changes = FileChanges::default();
    changes.write(&path, "new").unwrap();
    changes.keep();
    assert_eq!(fs::read(&path).unwrap(), b"new");
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o7777,
        0o644
    );
}

#[test]
fn a_file_that_has_the_content_is_not_written_again() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file");
    fs::write(&path, "same").unwrap();
    let inode = fs::metadata(&path).unwrap().ino();
    let mut changes = FileChanges::default();
    changes.write(&path, "same").unwrap();
    changes.remove(&directory.path().join("none")).unwrap();
    changes
        .rename(&directory.path().join("none"), &path)
        .unwrap();
    assert!(changes.is_empty());
    assert_eq!(fs::metadata(&path).unwrap().ino(), inode);
}

#[test]
fn a_file_is_not_renamed_to_a_name_that_is_taken() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    fs::write(path("a"), "a").unwrap();
    fs::write(path("b"), "b").unwrap();
    let mut changes = FileChanges::default();
    let text = changes
        .rename(&path("a"), &path("b"))
        .unwrap_err()
        .to_string();
    assert!(text.contains("exists"), "{text}");
    assert!(changes.is_empty());
    assert_eq!(fs::read(path("b")).unwrap(), b"b");
}

#[test]
fn what_is_no_regular_file_is_not_touched() {
    let directory = tempfile::tempdir().unwrap();
    let link = directory.path().join("link");
    std::os::unix::fs::symlink("/etc/passwd", &link).unwrap();
    let mut changes = FileChanges::default();
    assert!(changes.write(&link, "x").is_err());
    assert!(changes.remove(&link).is_err());
    drop(changes);
    assert!(link.is_symlink());
}

#[test]
fn what_cannot_be_taken_back_is_said() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("sub/file");
    fs::create_dir(directory.path().join("sub")).unwrap();
    fs::write(&path, "before").unwrap();
    let mut changes = FileChanges::default();
    changes.write(&path, "after").unwrap();
    fs::remove_dir_all(directory.path().join("sub")).unwrap();
    let text = changes.take_back(Failure::new("it", "failed")).to_string();
    assert!(text.contains("Not every change could be undone"), "{text}");
    assert!(text.contains("sub/file"), "{text}");
}
