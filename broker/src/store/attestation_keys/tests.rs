//! Tests of what is kept of attestation keys.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, symlink};
use std::path::Path;

use super::stored::MOST_BYTES;
use super::{AttestationKeys, MOST_LOST};
use crate::store::fixtures::{State, alice, logged, owner};
use crate::store::write::sync_directory;
use sshtpm_core::attestation::AttestationKey;
use sshtpm_core::key::ParentName;

/// A key with these coordinates; the TPM alone would look whether there is such a point.
fn key(number: u8) -> AttestationKey {
    let shape = [
        0, 90, 0, 0x23, 0, 0x0b, 0, 5, 4, 0x72, 0, 0, 0, 0x10, 0, 0x18, 0, 0x0b, 0, 3, 0, 0x10,
    ];
    let number = [number; 32];
    let public = [&shape[..], &[0, 32], &number, &[0, 32], &number].concat();
    let public = public.into_boxed_slice();
    let parent = ParentName::new(vec![0, 11, 7]).expect("a name");
    let mut length = public.clone();
    let bytes = u16::try_from(public.len() - 2).expect("a length");
    length[..2].copy_from_slice(&bytes.to_be_bytes());
    AttestationKey::new(length, [0, 2, 1, 1].into(), parent).expect("an attestation key")
}

fn open(state: &State) -> AttestationKeys {
    AttestationKeys::new(&state.path().join("keys"), sync_directory)
}

fn file(state: &State) -> std::path::PathBuf {
    state.path().join("attestation/4242.json")
}

#[test]
fn an_attestation_key_reads_as_it_is_written() {
    let state = State::new();
    let keys = open(&state);
    assert_eq!(keys.read(&alice()), Ok(None));
    for number in [1, 2] {
        keys.write(&alice(), &key(number)).expect("written");
        assert_eq!(keys.read(&alice()), Ok(Some(key(number))));
    }
    let mode = fs::metadata(file(&state)).expect("a file").mode();
    assert_eq!(mode & 0o7777, 0o600);
}

#[test]
fn a_new_user_with_the_uid_does_not_get_the_key_of_the_former() {
    let state = State::new();
    let (keys, new) = (open(&state), owner(4242, "carol"));
    keys.write(&alice(), &key(1)).expect("written");
    assert_eq!(keys.read(&new), Ok(None));
    keys.delete(&new).expect("nothing of theirs");
    assert_eq!(keys.read(&alice()), Ok(Some(key(1))));
    keys.write(&new, &key(2)).expect("written");
    assert_eq!(keys.read(&alice()), Ok(None));
}

#[test]
fn a_deleted_attestation_key_is_gone() {
    let state = State::new();
    let keys = open(&state);
    keys.delete(&alice()).expect("there is none");
    keys.write(&alice(), &key(1)).expect("written");
    keys.delete(&alice()).expect("deleted");
    assert!(!file(&state).exists());
}

#[test]
fn a_damaged_attestation_key_is_set_aside() {
    let spoils: [fn(&Path); 6] = [
        |path| fs::write(path, "").expect("written"),
        |path| fs::write(path, "{\"version\":2}").expect("written"),
        |path| fs::write(path, "{\"version\":1}").expect("written"),
        |path| fs::write(path, " ".repeat(MOST_BYTES as usize + 1)).expect("written"),
        |path| {
            let text = fs::read_to_string(path).expect("text");
            fs::write(path, text.replace("000b07", "")).expect("written");
        },
        |path| {
            fs::remove_file(path).expect("removed");
            symlink("/etc/passwd", path).expect("a link");
        },
    ];
    for spoil in spoils {
        let state = State::new();
        let keys = open(&state);
        keys.write(&alice(), &key(1)).expect("written");
        spoil(&file(&state));
        let (read, log) = logged(|| keys.read(&alice()));
        assert_eq!(read, Ok(None));
        assert!(log.contains("set aside"), "{log}");
        assert!(fs::symlink_metadata(file(&state)).is_err());
    }
}

fn lost(state: &State) -> Vec<std::path::PathBuf> {
    let files = fs::read_dir(state.path().join("attestation")).expect("files");
    let files = files.map(|file| file.expect("a file").path());
    let is_lost = |path: &std::path::PathBuf| path.to_string_lossy().contains(".lost");
    files.filter(is_lost).collect()
}

#[test]
fn a_lost_attestation_key_can_be_put_back() {
    let state = State::new();
    let keys = open(&state);
    keys.write(&alice(), &key(1)).expect("written");
    keys.replace_lost(&alice(), &key(2)).expect("replaced");
    assert_eq!(keys.read(&alice()), Ok(Some(key(2))));
    let [lost] = &lost(&state)[..] else {
        panic!("one is kept");
    };
    fs::rename(lost, file(&state)).expect("put back");
    assert_eq!(keys.read(&alice()), Ok(Some(key(1))));
}

#[test]
fn no_more_than_four_lost_attestation_keys_are_kept() {
    let state = State::new();
    let keys = open(&state);
    keys.write(&alice(), &key(1)).expect("written");
    for number in 2..8 {
        keys.replace_lost(&alice(), &key(number)).expect("replaced");
        assert_eq!(keys.read(&alice()), Ok(Some(key(number))));
    }
    assert_eq!(lost(&state).len(), MOST_LOST);
}

#[test]
fn lost_attestation_keys_go_with_their_user_alone() {
    let state = State::new();
    let (keys, new) = (open(&state), owner(4242, "carol"));
    keys.write(&alice(), &key(1)).expect("written");
    keys.replace_lost(&alice(), &key(2)).expect("replaced");
    keys.delete(&new).expect("nothing of theirs");
    assert_eq!(lost(&state).len(), 1);
    keys.delete(&alice()).expect("deleted");
    assert_eq!(lost(&state).len(), 0);
    assert!(!file(&state).exists());
}
