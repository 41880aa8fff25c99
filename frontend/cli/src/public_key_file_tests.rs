use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use super::{Overwriting, PublicKeyFile, files_with_key, only_key_in};
use crate::error::Failure;
use crate::key_listing::example_key;

fn prepare(path: &Path, overwriting: Overwriting) -> Result<PublicKeyFile, Failure> {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(PublicKeyFile::prepare(path.to_owned(), overwriting))
}

#[test]
fn ssh_s_directory_is_created_for_the_owner_alone() {
    let home = tempfile::tempdir().unwrap();
    let path = PublicKeyFile::in_home(home.path(), "rsa").unwrap();
    assert_eq!(path, home.path().join(".ssh/id_sshtpm_rsa.pub"));
    let mode = fs::metadata(home.path().join(".ssh"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o7777, 0o700);
}

#[test]
fn a_directory_that_is_there_keeps_its_permissions() {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join(".ssh");
    fs::create_dir(&directory).unwrap();
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o755)).unwrap();
    PublicKeyFile::in_home(home.path(), "ecdsa").unwrap();
    let mode = fs::metadata(&directory).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o755);
}

#[test]
fn pub_is_appended_where_it_is_missing() {
    for (given, named) in [
        ("id", "id.pub"),
        ("id.pub", "id.pub"),
        ("a.b/id.x", "a.b/id.x.pub"),
    ] {
        assert_eq!(
            PublicKeyFile::named(PathBuf::from(given)),
            PathBuf::from(named)
        );
    }
}

#[test]
fn a_file_that_appears_after_the_look_is_not_overwritten() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("id.pub");
    let file = prepare(&path, Overwriting::Allowed).unwrap();
    fs::write(&path, "mine").unwrap();
    assert_eq!(
        file.write("key").unwrap_err().kind(),
        std::io::ErrorKind::AlreadyExists
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
}

#[test]
fn a_file_that_is_there_is_replaced_where_that_is_allowed() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("id.pub");
    fs::write(&path, "old").unwrap();
    prepare(&path, Overwriting::Allowed)
        .unwrap()
        .write("key")
        .unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "key\n");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
}

#[test]
fn a_file_that_is_there_is_refused_with_the_ways_out() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("id.pub");
    fs::write(&path, "old").unwrap();
    let error = prepare(&path, Overwriting::Refused)
        .unwrap_err()
        .to_string();
    assert!(error.contains("already exists"), "{error}");
    assert!(
        error.contains("-f FILE") && error.contains("--force"),
        "{error}"
    );
}

#[test]
fn a_dangling_link_counts_as_a_file_that_is_there() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("id.pub");
    symlink("nowhere", &path).unwrap();
    assert!(prepare(&path, Overwriting::Refused).is_err());
}

#[test]
fn a_directory_in_its_place_is_refused_even_by_force() {
    let directory = tempfile::tempdir().unwrap();
    assert!(matches!(
        prepare(directory.path(), Overwriting::Allowed),
        Err(Failure::Failed(_))
    ));
}

#[test]
fn a_missing_directory_is_found_out_beforehand() {
    let directory = tempfile::tempdir().unwrap();
    let error = prepare(&directory.path().join("none/id.pub"), Overwriting::Allowed).unwrap_err();
    assert!(error.to_string().contains("cannot write to"), "{error}");
}

#[test]
fn files_with_the_key_are_found_whatever_their_comment() {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| fs::write(directory.path().join(name), text).unwrap();
    file("id_sshtpm_a.pub", "ssh-rsa AAAA ann@host\n");
    file("id_sshtpm_b.pub", "# made by hand\nssh-rsa AAAA\n");
    file("id_sshtpm_c.pub", "ssh-rsa BBBB\n");
    file("id_other.pub", "ssh-rsa AAAA\n");
    symlink("nowhere", directory.path().join("id_sshtpm_d.pub")).unwrap();
    let found = files_with_key(directory.path(), "id_sshtpm_", "ssh-rsa AAAA");
    assert_eq!(
        found,
        [
            directory.path().join("id_sshtpm_a.pub"),
            directory.path().join("id_sshtpm_b.pub")
        ]
    );
}

#[test]
fn a_file_with_more_than_the_key_is_no_file_of_that_key_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("id.pub");
    let key = example_key().public_key;
    let look = |text: &str| {
        fs::write(&path, text).unwrap();
        only_key_in(&path)
    };
    assert_eq!(look(&format!("{key} ann@host\n\n")), Some(key.clone()));
    for text in [
        String::new(),
        format!("# mine\n{key}\n"),
        format!("{key}\n{key}\n"),
        "ssh-rsa AAAA\n".to_owned(),
    ] {
        assert_eq!(look(&text), None, "{text}");
    }
}
