use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

use futures_util::FutureExt as _;

use super::*;

const ALICE: Uid = Uid(1000);
const BOB: Uid = Uid(1001);

/// More than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

fn nobody() -> nix::Result<Option<User>> {
    Ok(None)
}

/// A directory service that answers nothing until it is let.
fn silent() -> (Sender<()>, impl FnOnce() -> nix::Result<Option<User>>) {
    let (answer, until) = channel();
    let ask = move || {
        let _: Result<(), _> = Receiver::recv(&until);
        Ok(None)
    };
    (answer, ask)
}

async fn ask(database: &Database, asker: Uid, asked: Uid) -> Result<Owner, NotFound> {
    let answer = database.look_up(asker, Asked::Uid(asked), nobody);
    tokio::time::timeout(PATIENCE, answer)
        .await
        .expect("a turn")
}

#[tokio::test]
async fn a_user_with_many_look_ups_keeps_no_other_user_waiting() {
    let database = Arc::new(Database::default());
    let (answers, looks): (Vec<_>, Vec<_>) = (0..LOOK_UPS + 1).map(|_| silent()).unzip();
    let bobs: Vec<_> = looks
        .into_iter()
        .map(|ask| {
            let database = Arc::clone(&database);
            tokio::spawn(async move { database.look_up(BOB, Asked::Uid(BOB), ask).await })
        })
        .collect();
    // All of bob's are in line before alice comes.
    while database
        .in_progress
        .claim(BOB, || 0, LOOK_UPS + 1)
        .is_some()
    {
        tokio::task::yield_now().await;
    }
    assert_eq!(
        ask(&database, ALICE, ALICE).await,
        Err(NotFound::NoSuchUser)
    );
    drop(answers);
    for one in bobs {
        assert_eq!(one.await.expect("no panic"), Err(NotFound::NoSuchUser));
    }
}

#[tokio::test]
async fn one_look_up_too_many_of_a_user_is_refused_and_no_other_users() {
    let database = Database::default();
    let (_answer, ask_silently) = silent();
    let claims: Vec<_> = (0..MOST_WAITING_OF_USER)
        .map(|_| database.in_progress.claim(BOB, || 0, MOST_WAITING_OF_USER))
        .collect();
    let one_more = database.look_up(BOB, Asked::Uid(BOB), ask_silently);
    assert_eq!(one_more.now_or_never(), Some(Err(NotFound::NoAnswer)));
    assert_eq!(
        ask(&database, ALICE, ALICE).await,
        Err(NotFound::NoSuchUser)
    );
    drop(claims);
}

#[tokio::test]
async fn that_there_is_no_such_user_is_asked_once() {
    let (database, asked) = (Database::default(), Arc::new(AtomicUsize::new(0)));
    for _ in 0..10 {
        let asked = Arc::clone(&asked);
        let count = move || {
            asked.fetch_add(1, Ordering::Relaxed);
            Ok(None)
        };
        let answer = database.look_up(ALICE, Asked::Uid(ALICE), count).await;
        assert_eq!(answer, Err(NotFound::NoSuchUser));
    }
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}

#[test]
fn that_there_is_no_such_user_is_forgotten_after_a_moment() {
    let (database, now) = (Database::default(), Instant::now());
    database.remember_missing(Asked::Uid(ALICE), now);
    assert!(database.is_missing(&Asked::Uid(ALICE), now + MISSING / 2));
    assert!(!database.is_missing(&Asked::Uid(ALICE), now + MISSING));
    assert!(!database.is_missing(&Asked::Uid(BOB), now));
}

#[test]
fn the_users_that_there_are_not_take_a_bounded_room() {
    let (database, now) = (Database::default(), Instant::now());
    for uid in 0..1000 {
        database.remember_missing(Asked::Uid(Uid(uid)), now);
    }
    assert_eq!(database.missing().len(), MOST_MISSING);
    database.remember_missing(Asked::Uid(ALICE), now + MISSING);
    assert_eq!(database.missing().len(), 1);
}

#[tokio::test]
async fn who_a_user_is_is_asked_each_time() {
    let database = Database::default();
    for name in ["first", "second"] {
        let ask = move || {
            let root = User::from_uid(nix::unistd::Uid::from_raw(0))?;
            Ok(root.map(|root| User {
                name: name.to_owned(),
                ..root
            }))
        };
        let found = database.look_up(ALICE, Asked::Uid(ALICE), ask).await;
        assert_eq!(found.expect("a user").name().as_str(), name);
    }
}
