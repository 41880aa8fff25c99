//! Several requests that need PINs at the same time.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use futures_util::FutureExt;
use sshtpm_client::pin::{Ask, Pin, Refusal};
use sshtpm_dbus::{Error, ErrorKind};
use tokio::sync::oneshot;

use super::{FORWARDED_REST, MAX_LOCAL, MAX_LOCAL_WAITING, Prompts};
use crate::asker::Asker;
use crate::asking::conversation::Locked;
use crate::origin::Origin;

type Answer = Result<Pin, Refusal>;

/// Answers when the test says so.
#[derive(Clone, Default)]
struct Screen {
    dialogues: Rc<RefCell<HashMap<usize, oneshot::Sender<Answer>>>>,
    count: Rc<Cell<usize>>,
}

/// A dialogue that is shown, for as long as this lives.
struct Shown(Screen, usize);

impl Drop for Shown {
    fn drop(&mut self) {
        self.0.dialogues.borrow_mut().remove(&self.1);
    }
}

impl Screen {
    fn shown(&self) -> usize {
        self.dialogues.borrow().len()
    }

    fn answer_all(&self, answer: &Answer) {
        for (_, dialogue) in self.dialogues.borrow_mut().drain() {
            dialogue.send(answer.clone()).unwrap();
        }
    }
}

impl Ask for Screen {
    async fn ask(&self, _: &str) -> Answer {
        let (sender, answer) = oneshot::channel();
        let number = self.count.get();
        self.count.set(number + 1);
        self.dialogues.borrow_mut().insert(number, sender);
        let _shown = Shown(self.clone(), number);
        answer.await.unwrap()
    }
}

/// Every PIN is right.
struct Keys;

impl Locked for Keys {
    async fn comment(&self, _: &str) -> Option<String> {
        None
    }

    async fn unlock(&self, _: &str, _: &Pin) -> Result<(), Error> {
        Ok(())
    }
}

fn right() -> Answer {
    Ok(Pin::new(b"1234").unwrap())
}

fn asker(origin: Origin) -> Asker {
    Asker {
        origin,
        ..Asker::default()
    }
}

fn setting() -> (Screen, Prompts<Screen>, Asker, Asker) {
    let screen = Screen::default();
    let prompts = Prompts::new(screen.clone());
    (
        screen,
        prompts,
        asker(Origin::Local),
        asker(Origin::Forwarded),
    )
}

/// A request that got as far as it gets by itself.
macro_rules! waiting {
    ($request:expr) => {{
        let mut request = Box::pin($request);
        assert!(
            request.as_mut().now_or_never().is_none(),
            "it does not wait"
        );
        request
    }};
}

#[tokio::test]
async fn requests_for_one_key_share_one_question() {
    let (screen, prompts, local, _) = setting();
    let first = waiting!(prompts.unlock("key", &local, Keys));
    let second = waiting!(prompts.unlock("key", &local, Keys));
    assert_eq!(screen.shown(), 1);
    screen.answer_all(&right());
    assert!(first.await.is_ok() && second.await.is_ok());
    assert_eq!(screen.count.get(), 1);
}

#[tokio::test]
async fn a_no_is_shared_as_well() {
    let (screen, prompts, local, _) = setting();
    let first = waiting!(prompts.unlock("key", &local, Keys));
    let second = waiting!(prompts.unlock("key", &local, Keys));
    screen.answer_all(&Err(Refusal::NotGiven));
    assert!(first.await.is_err() && second.await.is_err());
    assert_eq!(screen.count.get(), 1);
}

#[tokio::test]
async fn other_keys_have_questions_of_their_own_up_to_a_bound() {
    let (screen, prompts, local, _) = setting();
    let names: Vec<String> = (0..=MAX_LOCAL).map(|number| number.to_string()).collect();
    let (last, others) = names.split_last().unwrap();
    let _asking: Vec<_> = others
        .iter()
        .map(|name| waiting!(prompts.unlock(name, &local, Keys)))
        .collect();
    assert_eq!(screen.shown(), MAX_LOCAL);
    let refused = prompts.unlock(last, &local, Keys).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::PinRequired);
}

#[tokio::test]
async fn one_more_than_may_wait_is_refused_at_once() {
    let (_screen, prompts, local, _) = setting();
    let _waiting: Vec<_> = (0..MAX_LOCAL_WAITING)
        .map(|_| waiting!(prompts.unlock("key", &local, Keys)))
        .collect();
    assert!(prompts.unlock("key", &local, Keys).await.is_err());
}

#[tokio::test]
async fn the_question_goes_away_with_the_last_who_waits() {
    let (screen, prompts, local, _) = setting();
    let first = waiting!(prompts.unlock("key", &local, Keys));
    let second = waiting!(prompts.unlock("key", &local, Keys));
    drop(first);
    assert_eq!(screen.shown(), 1);
    drop(second);
    assert_eq!(screen.shown(), 0);
    // And a later request begins anew.
    let third = waiting!(prompts.unlock("key", &local, Keys));
    screen.answer_all(&right());
    assert!(third.await.is_ok());
}

#[tokio::test]
async fn who_waits_longer_than_the_one_who_began_gets_the_answer() {
    let (screen, prompts, local, _) = setting();
    let first = waiting!(prompts.unlock("key", &local, Keys));
    let second = waiting!(prompts.unlock("key", &local, Keys));
    drop(first);
    screen.answer_all(&right());
    assert!(second.await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn another_host_does_not_ask_again_after_a_no_before_a_minute_is_over() {
    let (screen, prompts, local, forwarded) = setting();
    let request = waiting!(prompts.unlock("key", &forwarded, Keys));
    screen.answer_all(&Err(Refusal::NotGiven));
    assert!(request.await.is_err());
    for key in ["key", "another"] {
        assert!(prompts.unlock(key, &forwarded, Keys).await.is_err());
    }
    assert_eq!(screen.count.get(), 1);
    // Programs of this machine do.
    drop(waiting!(prompts.unlock("key", &local, Keys)));
    tokio::time::advance(FORWARDED_REST).await;
    let _request = waiting!(prompts.unlock("key", &forwarded, Keys));
    assert_eq!(screen.shown(), 1);
}

#[tokio::test(start_paused = true)]
async fn another_host_that_takes_its_question_back_does_not_ask_again_at_once() {
    let (_screen, prompts, _, forwarded) = setting();
    drop(waiting!(prompts.unlock("key", &forwarded, Keys)));
    assert!(prompts.unlock("key", &forwarded, Keys).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn another_host_whose_key_was_unlocked_or_where_nobody_was_asked_may_go_on() {
    let (screen, prompts, _, forwarded) = setting();
    for answer in [right(), Err(Refusal::Nobody)] {
        let request = waiting!(prompts.unlock("key", &forwarded, Keys));
        screen.answer_all(&answer);
        assert_eq!(request.await.is_ok(), answer.is_ok());
    }
    let _request = waiting!(prompts.unlock("another", &forwarded, Keys));
    assert_eq!(screen.shown(), 1);
}

#[tokio::test]
async fn other_hosts_have_one_question_in_all() {
    let (_screen, prompts, local, forwarded) = setting();
    let _first = waiting!(prompts.unlock("key", &forwarded, Keys));
    assert!(prompts.unlock("another", &forwarded, Keys).await.is_err());
    let _local = waiting!(prompts.unlock("another", &local, Keys));
}

#[tokio::test]
async fn a_no_to_another_host_is_none_to_a_program_of_this_machine() {
    let (screen, prompts, local, forwarded) = setting();
    let theirs = waiting!(prompts.unlock("key", &forwarded, Keys));
    let mut ours = waiting!(prompts.unlock("key", &local, Keys));
    screen.answer_all(&Err(Refusal::NotGiven));
    assert!(theirs.await.is_err());
    assert!(ours.as_mut().now_or_never().is_none());
    screen.answer_all(&right());
    assert!(ours.await.is_ok());
}
