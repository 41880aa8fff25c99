use std::fs;

use super::*;
use crate::store::CountStore;
use crate::store::fixtures::State;
use sshtpm_core::by_use::KeptChanges;
use sshtpm_core::error::StoreError;
use sshtpm_core::ports::CountRecord as _;

fn open(state: &State) -> CountStore {
    let (store, kept) = CountStore::open(state.path(), || std::time::Duration::ZERO).expect("ours");
    assert_eq!(kept, [], "it is no user's");
    store
}

fn changes() -> Changes {
    let change = |number: u32| Change {
        uid: Uid(1000 + number),
        of_host: number == 2,
        at: 1_800_000_000 + u64::from(number),
    };
    Changes::new((0..3).map(change).collect())
}

#[tokio::test]
async fn changes_are_there_after_a_restart() {
    let state = State::new();
    let store = open(&state);
    assert_eq!(
        store.read_changes(),
        KeptChanges::Changes(Changes::default())
    );
    assert_eq!(store.keep_changes(changes()).await, Ok(()));
    assert_eq!(open(&state).read_changes(), KeptChanges::Changes(changes()));
}

#[tokio::test]
async fn changes_that_cannot_be_read_are_set_aside_and_said_to_be_so() {
    let too_many = format!(
        "{{\"version\":1,\"changes\":[{}]}}",
        [r#"{"uid":1,"of_host":false,"at":2}"#; 13].join(",")
    );
    for spoiled in ["", "{}", r#"{"version":2,"changes":[]}"#, &too_many] {
        let state = State::new();
        let store = open(&state);
        store.keep_changes(changes()).await.expect("kept");
        let path = state.path().join("counts").join(FILE);
        fs::write(&path, spoiled).expect("written");
        assert_eq!(store.read_changes(), KeptChanges::Unreadable, "{spoiled}");
        assert!(!path.exists() && path.with_extension("json.damaged").exists());
    }
}

#[tokio::test]
async fn changes_that_cannot_be_written_are_an_error() {
    let state = State::new();
    let store = open(&state);
    let directory = state.path().join("counts");
    fs::remove_dir(&directory).expect("it is empty");
    fs::write(&directory, "in the way").expect("written");
    let kept = store.keep_changes(changes()).await;
    assert_eq!(kept, Err(StoreError::NotCounted));
}
