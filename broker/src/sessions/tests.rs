//! What [`Sessions`] hears while its caller turns to other things, too.

use futures_util::future::FutureExt as _;
use tokio::time::{Duration, timeout};

use super::fixtures::{ALICE, FalseLogind};
use super::*;

/// The same connection, which takes file descriptors.
fn over(connection: &Connection) -> Connect {
    let connection = connection.clone();
    Box::new(move || std::future::ready(Ok(connection.clone())).boxed())
}

/// Something else has the broker turn away from what it waits for, again and again.
async fn interrupted(sessions: &mut Sessions) {
    for _ in 0..5 {
        let event = timeout(Duration::from_millis(10), sessions.next()).await;
        assert!(event.is_err(), "{event:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_logout_is_noticed_however_often_something_else_happens() {
    let (connection, logind) = FalseLogind::start().await;
    let mut sessions = Sessions::watch(&connection, over(&connection))
        .await
        .expect("a watch");
    interrupted(&mut sessions).await;
    logind.answers(false);
    logind.alice_is_there(false);
    logind.session_removed().await;
    interrupted(&mut sessions).await;
    assert_eq!(logind.unanswered().await, 1);
    logind.answers(true);
    assert_eq!(sessions.next().await, Event::Left(Uid(ALICE)));
}

#[tokio::test(start_paused = true)]
async fn sleep_is_delayed_however_often_something_else_happens() {
    let (connection, logind) = FalseLogind::start().await;
    let mut sessions = Sessions::watch(&connection, over(&connection))
        .await
        .expect("a watch");
    interrupted(&mut sessions).await;
    logind.answers(false);
    for _ in 0..3 {
        sessions.delay_sleep();
        interrupted(&mut sessions).await;
        sessions.let_sleep();
    }
    assert_eq!(logind.unanswered().await, 1);
    sessions.delay_sleep();
    logind.answers(true);
    interrupted(&mut sessions).await;
    assert!(sessions.delay.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_delay_of_sleep_that_comes_too_late_is_given_back() {
    let (connection, logind) = FalseLogind::start().await;
    let mut sessions = Sessions::watch(&connection, over(&connection))
        .await
        .expect("a watch");
    logind.answers(false);
    sessions.delay_sleep();
    interrupted(&mut sessions).await;
    sessions.let_sleep();
    logind.answers(true);
    interrupted(&mut sessions).await;
    assert!(sessions.delay.is_none());
}
