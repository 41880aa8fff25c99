//! Sockets in directories of their own.

use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::net::{UnixListener, UnixStream};

use tempfile::TempDir;

use super::{SocketId, bind};
use crate::error::AgentError;
use crate::listening::address::SocketPath;

fn place() -> (TempDir, SocketPath) {
    let directory = tempfile::tempdir().unwrap();
    let path = SocketPath::named(&directory.path().join("s")).unwrap();
    (directory, path)
}

#[test]
fn only_its_owner_can_connect_to_the_socket() {
    let (_directory, path) = place();
    let (_listener, _file) = bind(&path).unwrap();
    let mode = fs::metadata(path.as_path()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(UnixStream::connect(path.as_path()).is_ok());
}

#[test]
fn dropping_the_file_removes_it() {
    let (_directory, path) = place();
    let (_listener, file) = bind(&path).unwrap();
    drop(file);
    assert!(!path.as_path().exists());
}

#[test]
fn dropping_the_file_does_not_remove_its_successor() {
    let (_directory, path) = place();
    let (_listener, file) = bind(&path).unwrap();
    fs::remove_file(path.as_path()).unwrap();
    let (_other, other_file) = bind(&path).unwrap();
    assert_ne!(file.id(), other_file.id());
    drop(file);
    assert!(path.as_path().exists());
}

#[test]
fn a_dead_socket_is_replaced() {
    let (_directory, path) = place();
    drop(UnixListener::bind(path.as_path()).unwrap());
    let before = fs::symlink_metadata(path.as_path()).unwrap();
    let (_listener, _file) = bind(&path).unwrap();
    let after = fs::symlink_metadata(path.as_path()).unwrap();
    assert_ne!(
        (before.ino(), before.ctime_nsec()),
        (after.ino(), after.ctime_nsec())
    );
    assert!(UnixStream::connect(path.as_path()).is_ok());
}

#[test]
fn a_socket_that_is_served_is_an_error_and_stays() {
    let (_directory, path) = place();
    let (_listener, file) = bind(&path).unwrap();
    let again = bind(&path);
    assert!(matches!(again, Err(AgentError::AlreadyServed(_))));
    assert!(UnixStream::connect(file.path()).is_ok());
}

#[test]
fn a_file_in_the_way_is_an_error_and_stays() {
    let (_directory, path) = place();
    File::create(path.as_path()).unwrap();
    assert!(matches!(bind(&path), Err(AgentError::InTheWay(_))));
    assert!(path.as_path().exists());
}

#[test]
fn a_link_in_the_way_is_an_error_and_is_not_followed() {
    let (directory, path) = place();
    let target = directory.path().join("target");
    for exists in [false, true] {
        if exists {
            drop(UnixListener::bind(&target).unwrap());
        }
        let _ = fs::remove_file(path.as_path());
        symlink(&target, path.as_path()).unwrap();
        assert!(matches!(bind(&path), Err(AgentError::InTheWay(_))));
        assert_eq!(target.exists(), exists);
    }
}

#[test]
fn a_directory_that_does_not_exist_is_an_error() {
    let (directory, _) = place();
    let path = SocketPath::named(&directory.path().join("none/s")).unwrap();
    assert!(matches!(bind(&path), Err(AgentError::Directory { .. })));
}

#[test]
fn an_identity_is_the_same_after_it_was_printed_and_parsed() {
    let (_directory, path) = place();
    let (_listener, file) = bind(&path).unwrap();
    assert_eq!(file.id().to_string().parse(), Ok(file.id()));
    assert!("1".parse::<SocketId>().is_err());
    assert!("1:x".parse::<SocketId>().is_err());
}
