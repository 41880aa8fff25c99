use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};

use super::*;
use crate::store::fixtures::{State, alice, logged, owner, record};
use sshtpm_core::counts::WrongPins;

const NOW: Duration = Duration::from_secs(1000);

fn open(state: &State) -> (CountStore, Vec<(Uid, Kept)>) {
    CountStore::open(state.path(), || NOW).expect("it is ours")
}

fn kept(state: &State) -> Vec<(Uid, Kept)> {
    let mut kept = open(state).1;
    kept.sort_by_key(|one| one.0);
    kept
}

fn counts(seed: u64) -> Counts {
    let key = WrongPins {
        owner: alice(),
        key: record(&alice(), seed).fingerprint(),
        wrong: 3,
        not_before: Duration::from_millis(1_002_003),
    };
    Counts {
        keys: vec![key],
        tries: [5, 6].map(Duration::from_secs).into(),
        recovery: Duration::from_secs(750),
        forgot: Duration::from_secs(6),
        generated: vec![Duration::from_secs(7)],
    }
}

async fn keep(store: &CountStore, uid: Uid, counts: &Counts) -> Result<Counts, StoreError> {
    store.keep(uid, || counts.clone()).await
}

fn alices_file(state: &State) -> PathBuf {
    path(&state.path().join(DIRECTORY), alice().uid())
}

/// A state in whose file of alice is something else, and beside it bob's.
async fn spoiled(spoil: impl FnOnce(&Path)) -> State {
    let state = State::new();
    let (store, _) = open(&state);
    for uid in [alice().uid(), owner(4243, "bob").uid()] {
        keep(&store, uid, &counts(1)).await.expect("kept");
    }
    spoil(&alices_file(&state));
    state
}

#[tokio::test]
async fn what_was_kept_is_there_after_a_restart() {
    let state = State::new();
    let (store, nothing) = open(&state);
    assert_eq!(nothing, []);
    for seed in [1, 2] {
        let kept = keep(&store, alice().uid(), &counts(seed)).await;
        assert_eq!(kept, Ok(counts(seed)));
    }
    let expected = (alice().uid(), Kept::Counts(counts(2), NOW));
    assert_eq!(kept(&state), [expected]);
    let file = fs::metadata(alices_file(&state)).expect("a file");
    assert_eq!(file.mode() & 0o7777, 0o600);
}

#[tokio::test]
async fn where_nothing_is_counted_there_is_no_file() {
    let state = State::new();
    let (store, _) = open(&state);
    for counts in [counts(1), Counts::default(), Counts::default()] {
        keep(&store, alice().uid(), &counts).await.expect("kept");
    }
    assert!(!alices_file(&state).exists());
}

#[tokio::test]
async fn what_is_written_last_is_what_was_counted_last() {
    let state = State::new();
    let store = Arc::new(open(&state).0);
    let number = Arc::new(std::sync::atomic::AtomicU64::new(0));
    let all = (0..20).map(|_| {
        let (store, number) = (Arc::clone(&store), Arc::clone(&number));
        tokio::spawn(async move {
            let next = || counts(number.fetch_add(1, Ordering::Relaxed));
            store.keep(alice().uid(), next).await
        })
    });
    for one in all.collect::<Vec<_>>() {
        one.await.expect("no panic").expect("kept");
    }
    let expected = (alice().uid(), Kept::Counts(counts(19), NOW));
    assert_eq!(kept(&state), [expected]);
}

#[tokio::test]
async fn a_damaged_file_is_set_aside_and_concerns_its_user_alone() {
    let spoils: [fn(&Path); 6] = [
        |path| fs::write(path, "").expect("written"),
        |path| fs::write(path, "{\"version\":1}").expect("written"),
        |path| fs::write(path, "{\"version\":2}").expect("written"),
        |path| fs::write(path, "x".repeat(1024 * 1024 + 1)).expect("written"),
        |path| {
            let text = fs::read_to_string(path).expect("text");
            fs::write(path, text.replace("SHA256:", "MD5:")).expect("written");
        },
        |path| {
            fs::remove_file(path).expect("removed");
            symlink("/etc/passwd", path).expect("a link");
        },
    ];
    for spoil in spoils {
        let state = spoiled(spoil).await;
        let (found, log) = logged(|| kept(&state));
        let [alices, bobs] = &found[..] else {
            panic!("{found:?}");
        };
        assert_eq!(alices, &(alice().uid(), Kept::Unreadable));
        assert_eq!(bobs.1, Kept::Counts(counts(1), NOW));
        assert!(log.contains("set aside"), "{log}");
        let file = alices_file(&state);
        assert!(
            fs::symlink_metadata(&file).is_err(),
            "it is in no one's way"
        );
        assert!(fs::symlink_metadata(file.with_extension("json.damaged")).is_ok());
    }
}

#[tokio::test]
async fn what_a_crash_left_unfinished_is_removed() {
    let state = spoiled(|path| {
        let unfinished = path.with_file_name(format!("{TEMPORARY_PREFIX}x"));
        fs::write(unfinished, "{").expect("written");
    });
    let state = state.await;
    assert_eq!(kept(&state).len(), 2);
    let files = fs::read_dir(state.path().join(DIRECTORY)).expect("a directory");
    assert_eq!(files.count(), 2);
}

#[tokio::test]
async fn a_directory_that_others_can_write_to_is_not_trusted() {
    let state = spoiled(|_| {}).await;
    let directory = state.path().join(DIRECTORY);
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o777)).expect("changed");
    assert!(CountStore::open(state.path(), || NOW).is_err());
}

#[tokio::test]
async fn a_disk_that_cannot_be_written_is_an_error_and_is_logged_once() {
    let state = State::new();
    let (store, _) = open(&state);
    fs::remove_dir(&store.directory).expect("it is empty");
    fs::write(&store.directory, "in the way").expect("written");
    for _ in 0..3 {
        let kept = keep(&store, alice().uid(), &counts(1)).await;
        assert_eq!(kept, Err(StoreError::NotCounted));
    }
    assert!(store.fails.load(Ordering::Relaxed));
    let (_, log) = logged(|| {
        let (fails, error) = (AtomicBool::new(false), io::Error::other("full"));
        for error in [Some(&error), Some(&error), None, None] {
            report(&fails, error, Path::new("x"));
        }
    });
    assert_eq!(log.lines().count(), 2, "{log}");
}
