//! Tests of reading files that are not as they should be.

use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use futures_util::FutureExt as _;

use super::*;
use crate::store::FileStore;
use crate::store::fixtures::{State, alice, logged, owner, record};
use crate::store::set_aside::MAX_SET_ASIDE;
use sshtpm_core::ports::KeyStore as _;

/// A store with one good key of alice's and the file of a second one, as `spoil` left it.
struct Spoiled {
    state: State,
    file: PathBuf,
}

impl Spoiled {
    fn new(spoil: impl FnOnce(&Path)) -> Self {
        let state = State::new();
        drop(state.open());
        put(&state, &record(&alice(), 1));
        let second = record(&alice(), 2);
        put(&state, &second);
        let file = state.file(&second);
        spoil(&file);
        Self { state, file }
    }

    /// Starts; only the good key may be there afterwards.
    fn start(&self) -> String {
        let (store, log) = logged(|| self.state.open_and_read());
        assert_eq!(seeds(&store), [1], "{log}");
        log
    }

    fn name(&self) -> &str {
        self.file
            .file_name()
            .and_then(|name| name.to_str())
            .expect("a name")
    }

    fn assert_set_aside(&self, reason: &str) {
        let before = fs::symlink_metadata(&self.file).expect("a file");
        let log = self.start();
        assert!(log.contains("WARN") && log.contains(self.name()), "{log}");
        assert!(log.contains(reason), "{log}");
        assert!(
            fs::symlink_metadata(&self.file).is_err(),
            "it is still there"
        );
        let aside = format!("{}.damaged", self.name());
        assert!(self.state.files(&alice()).contains(&aside));
        let after = fs::symlink_metadata(self.file.with_file_name(aside)).expect("a file");
        assert_eq!(after.ino(), before.ino());
        let again = self.start();
        assert!(!again.contains("WARN"), "{again}");
    }

    fn assert_left_alone(&self, reason: &str) {
        let before = fs::read(&self.file).expect("a file");
        let log = self.start();
        assert!(log.contains("WARN") && log.contains(self.name()), "{log}");
        assert!(log.contains(reason), "{log}");
        assert_eq!(fs::read(&self.file).expect("a file"), before);
    }
}

fn seeds(store: &FileStore) -> Vec<u64> {
    let keys = store.list(&alice()).now_or_never();
    let keys = keys.expect("they are read");
    keys.iter().map(|key| key.created - 1_700_000_000).collect()
}

fn put(state: &State, record: &KeyRecord) {
    let file = state.file(record);
    let directory = file.parent().expect("a directory");
    if !directory.exists() {
        directory::create(directory).expect("a directory");
    }
    write(&file, &record::encode(record).expect("a text"));
}

fn write(file: &Path, text: &str) {
    fs::write(file, text).expect("a file");
    fs::set_permissions(file, Permissions::from_mode(0o600)).expect("a mode");
}

fn rewrite(file: &Path, change: impl FnOnce(String) -> String) {
    let text = fs::read_to_string(file).expect("a file");
    write(file, &change(text));
}

#[test]
fn what_is_alike_in_a_users_records_is_kept_once() {
    let state = State::new();
    drop(state.open());
    for seed in 1..=2 {
        put(&state, &record(&alice(), seed));
    }
    let keys = keys_of(alice().uid(), &state.keys()).expect("they can be read");
    let [(_, one), (_, other)] = &keys[..] else {
        panic!("there are two");
    };
    assert!(Arc::ptr_eq(&one.restrictions, &other.restrictions));
    assert!(std::ptr::eq(one.owner.name(), other.owner.name()));
}

#[test]
fn a_truncated_record_is_set_aside() {
    let spoiled = Spoiled::new(|file| rewrite(file, |text| text[..text.len() / 2].to_owned()));
    spoiled.assert_set_aside("not a record (line");
}

#[test]
fn an_empty_record_is_set_aside() {
    Spoiled::new(|file| write(file, "")).assert_set_aside("not a record");
}

#[test]
fn bytes_that_are_no_text_are_set_aside() {
    let spoiled = Spoiled::new(|file| fs::write(file, [0xff; 4096]).expect("a file"));
    spoiled.assert_set_aside("not a record");
}

#[test]
fn a_record_that_is_too_long_is_set_aside() {
    let spoiled = Spoiled::new(|file| rewrite(file, |text| text + &" ".repeat(MAX_RECORD_BYTES)));
    spoiled.assert_set_aside("more than 65536 bytes");
}

#[test]
fn a_record_under_the_name_of_another_key_is_set_aside() {
    let spoiled = Spoiled::new(|file| {
        write(file, &record::encode(&record(&alice(), 3)).expect("a text"));
    });
    spoiled.assert_set_aside("not the fingerprint");
}

#[test]
fn a_record_in_the_directory_of_another_uid_is_set_aside() {
    let spoiled = Spoiled::new(|file| rewrite(file, |text| text.replace("4242", "4243")));
    spoiled.assert_set_aside("another uid");
    let other = spoiled.state.open_and_read();
    assert_eq!(other.count(&owner(4243, "alice")), 0);
}

#[test]
fn a_record_that_others_may_touch_is_set_aside() {
    for mode in [0o640, 0o602, 0o610] {
        let spoiled = Spoiled::new(|file| {
            fs::set_permissions(file, Permissions::from_mode(mode)).expect("a mode");
        });
        spoiled.assert_set_aside("group or others may access it");
    }
}

#[test]
fn a_record_of_another_user_is_set_aside() {
    if geteuid().is_root() {
        let spoiled = Spoiled::new(|file| {
            std::os::unix::fs::chown(file, Some(4242), None).expect("given away");
        });
        spoiled.assert_set_aside("belongs to uid 4242");
    } else {
        // A user who may not give files away uses one that belongs to root everywhere.
        let file = File::open("/proc/version").expect("a file");
        let refused = check_file(&file).err();
        assert!(matches!(
            refused,
            Some(NotServed::Unreadable(Unreadable::Damaged(
                Damage::ForeignFile(_)
            )))
        ));
    }
}

#[test]
fn links_pipes_and_directories_are_set_aside_unopened() {
    let elsewhere = State::new();
    let target = elsewhere.path().join("target");
    write(
        &target,
        &record::encode(&record(&alice(), 2)).expect("a text"),
    );
    let spoilers: [&dyn Fn(&Path); 3] = [
        &|file| symlink(&target, file).expect("a link"),
        &|file| {
            nix::unistd::mkfifo(file, nix::sys::stat::Mode::S_IRUSR).expect("a pipe");
        },
        &|file| fs::create_dir(file).expect("a directory"),
    ];
    for spoil in spoilers {
        let spoiled = Spoiled::new(|file| {
            fs::remove_file(file).expect("removed");
            spoil(file);
        });
        spoiled.assert_set_aside("not a regular file");
    }
    assert!(target.exists());
}

#[test]
fn a_record_of_a_newer_version_is_left_alone() {
    let spoiled = Spoiled::new(|file| {
        rewrite(file, |text| {
            text.replacen("\"version\": 8", "\"version\": 999", 1)
        });
    });
    spoiled.assert_left_alone("version 999 is newer");
}

#[test]
fn what_was_set_aside_before_is_not_overwritten() {
    let spoiled = Spoiled::new(|file| write(file, "the first"));
    spoiled.start();
    write(&spoiled.file, "the second");
    spoiled.start();
    write(&spoiled.file, "the third");
    spoiled.start();
    let text = |suffix: &str| {
        let name = format!("{}{suffix}", spoiled.name());
        fs::read_to_string(spoiled.file.with_file_name(name)).expect("a file")
    };
    assert_eq!(text(".damaged"), "the first");
    assert_eq!(text(".damaged.1"), "the second");
    assert_eq!(text(".damaged.2"), "the third");
}

#[test]
fn when_no_more_can_be_set_aside_the_start_goes_on() {
    let spoiled = Spoiled::new(|file| write(file, "the last"));
    for number in 0..MAX_SET_ASIDE {
        let suffix = match number {
            0 => ".damaged".to_owned(),
            number => format!(".damaged.{number}"),
        };
        write(
            &spoiled
                .file
                .with_file_name(format!("{}{suffix}", spoiled.name())),
            "",
        );
    }
    let log = spoiled.start();
    assert!(log.contains("too many"), "{log}");
    assert_eq!(
        fs::read_to_string(&spoiled.file).expect("a file"),
        "the last"
    );
}

#[test]
fn unfinished_files_of_a_crashed_broker_are_removed() {
    let spoiled = Spoiled::new(|file| {
        fs::rename(file, file.with_file_name(".new-a1b2c3")).expect("renamed");
    });
    let log = spoiled.start();
    assert!(log.contains(".new-a1b2c3"), "{log}");
    assert_eq!(spoiled.state.files(&alice()).len(), 1);
}

#[test]
fn files_that_are_not_ours_are_left_alone() {
    let spoiled = Spoiled::new(|file| {
        fs::rename(file, file.with_file_name("README")).expect("renamed");
        let keys = file.ancestors().nth(2).expect("keys");
        for name in ["lost+found", "+1", "007", "4294967296"] {
            fs::create_dir(keys.join(name)).expect("a directory");
        }
    });
    let log = spoiled.start();
    for name in ["README", "lost+found", "+1", "007", "4294967296"] {
        assert!(log.contains(name), "{name}: {log}");
    }
    assert_eq!(
        spoiled
            .state
            .keys()
            .read_dir()
            .expect("a directory")
            .count(),
        5
    );
    assert!(spoiled.file.with_file_name("README").exists());
}

#[test]
fn a_users_directory_that_others_could_change_is_not_served() {
    let spoiled = Spoiled::new(|file| {
        let directory = file.parent().expect("a directory");
        fs::set_permissions(directory, Permissions::from_mode(0o770)).expect("a mode");
    });
    let (store, log) = logged(|| spoiled.state.open_and_read());
    assert!(seeds(&store).is_empty());
    assert!(log.contains("ERROR") && log.contains("chmod 0700"), "{log}");
    assert_eq!(spoiled.state.files(&alice()).len(), 2);
}

#[test]
fn ten_thousand_keys_are_read() {
    let state = State::new();
    drop(state.open());
    for seed in 0..10_000 {
        let owner = owner(
            100_000 + u32::try_from(seed % 200).expect("small"),
            "somebody",
        );
        put(&state, &record(&owner, seed));
    }
    let (_, log) = logged(|| state.open_and_read());
    assert!(log.contains("keys=10000"), "{log}");
}
