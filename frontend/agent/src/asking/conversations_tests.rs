//! Several requests that need PINs at a time.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use futures_util::FutureExt;
use sshtpm_client::pin::{Pin, Refusal};
use sshtpm_dbus::Error;
use sshtpm_ssh::error_kind::ErrorKind;
use sshtpm_ssh::session::Binding;
use tokio::sync::oneshot;

use super::super::rests::RESTS;
use super::{MAX_FORWARDED, MAX_LOCAL, MAX_LOCAL_WAITING, Prompts};
use crate::asker::Asker;
use crate::asking::conversation::{Ask, Locked};
use crate::notify::notifier;
use crate::origin::Origin;
use crate::protocol::fake_keys;
use crate::telling::sentence::Sentence;

type Answer = Result<Pin, Refusal>;

/// A screen whose dialogues get their answers from the test.
#[derive(Clone, Default)]
struct Screen {
    dialogues: Rc<RefCell<HashMap<usize, oneshot::Sender<Answer>>>>,
    count: Rc<Cell<usize>>,
}

/// A dialogue. Dropping this closes it.
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
    async fn ask(&self, _: &Sentence) -> Answer {
        let (sender, answer) = oneshot::channel();
        let number = self.count.get();
        self.count.set(number + 1);
        self.dialogues.borrow_mut().insert(number, sender);
        let _shown = Shown(self.clone(), number);
        answer.await.unwrap()
    }
}

/// Keys that accept every PIN.
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
            "the request does not wait"
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
async fn a_request_learns_that_a_key_was_unlocked_since_it_began() {
    let (screen, prompts, local, _) = setting();
    let before = prompts.unlocked();
    let refused = waiting!(prompts.unlock("key", &local, Keys));
    screen.answer_all(&Err(Refusal::NotGiven));
    assert!(refused.await.is_err());
    assert_eq!(prompts.unlocked(), before);
    let given = waiting!(prompts.unlock("key", &local, Keys));
    screen.answer_all(&right());
    assert!(given.await.is_ok());
    assert_ne!(prompts.unlocked(), before);
}

#[tokio::test]
async fn requests_for_one_key_share_a_refusal() {
    let (screen, prompts, local, _) = setting();
    let first = waiting!(prompts.unlock("key", &local, Keys));
    let second = waiting!(prompts.unlock("key", &local, Keys));
    screen.answer_all(&Err(Refusal::NotGiven));
    assert!(first.await.is_err() && second.await.is_err());
    assert_eq!(screen.count.get(), 1);
}

#[tokio::test]
async fn each_key_has_a_question_of_its_own_up_to_a_bound() {
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
async fn one_request_too_many_is_refused_at_once() {
    let (_screen, prompts, local, _) = setting();
    let _waiting: Vec<_> = (0..MAX_LOCAL_WAITING)
        .map(|_| waiting!(prompts.unlock("key", &local, Keys)))
        .collect();
    assert!(prompts.unlock("key", &local, Keys).await.is_err());
}

#[tokio::test]
async fn the_question_goes_away_with_the_last_request() {
    let (screen, prompts, local, _) = setting();
    let first = waiting!(prompts.unlock("key", &local, Keys));
    let second = waiting!(prompts.unlock("key", &local, Keys));
    drop(first);
    assert_eq!(screen.shown(), 1);
    drop(second);
    assert_eq!(screen.shown(), 0);
    // A later request begins a new question.
    let third = waiting!(prompts.unlock("key", &local, Keys));
    screen.answer_all(&right());
    assert!(third.await.is_ok());
}

#[tokio::test]
async fn a_request_outlives_the_one_that_began_the_question() {
    let (screen, prompts, local, _) = setting();
    let first = waiting!(prompts.unlock("key", &local, Keys));
    let second = waiting!(prompts.unlock("key", &local, Keys));
    drop(first);
    screen.answer_all(&right());
    assert!(second.await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_refused_host_cannot_ask_again_within_a_minute() {
    let (screen, prompts, local, forwarded) = setting();
    let request = waiting!(prompts.unlock("key", &forwarded, Keys));
    screen.answer_all(&Err(Refusal::NotGiven));
    assert!(request.await.is_err());
    for key in ["key", "another"] {
        assert!(prompts.unlock(key, &forwarded, Keys).await.is_err());
    }
    assert_eq!(screen.count.get(), 1);
    // Programs on this machine can.
    drop(waiting!(prompts.unlock("key", &local, Keys)));
    tokio::time::advance(RESTS[0]).await;
    let _request = waiting!(prompts.unlock("key", &forwarded, Keys));
    assert_eq!(screen.shown(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_refused_host_keeps_no_other_host_from_asking() {
    let (screen, prompts, _, forwarded) = setting();
    let request = waiting!(prompts.unlock("key", &forwarded, Keys));
    screen.answer_all(&Err(Refusal::NotGiven));
    assert!(request.await.is_err());
    let hop = Binding {
        host_key: fake_keys::blob(),
        session_id: Vec::new(),
        signature: Vec::new(),
        is_forwarding: true,
    };
    let other = Asker {
        sessions: vec![hop].into(),
        ..asker(Origin::Forwarded)
    };
    let _request = waiting!(prompts.unlock("key", &other, Keys));
    assert_eq!(screen.shown(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_host_that_drops_its_question_cannot_ask_at_once() {
    let (_screen, prompts, _, forwarded) = setting();
    drop(waiting!(prompts.unlock("key", &forwarded, Keys)));
    assert!(prompts.unlock("key", &forwarded, Keys).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_host_may_ask_again_if_its_question_was_not_refused() {
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
async fn all_other_hosts_share_one_question() {
    let (_screen, prompts, local, forwarded) = setting();
    let _first = waiting!(prompts.unlock("key", &forwarded, Keys));
    assert!(prompts.unlock("another", &forwarded, Keys).await.is_err());
    let _local = waiting!(prompts.unlock("another", &local, Keys));
}

#[tokio::test]
async fn refusing_another_host_does_not_refuse_a_local_program() {
    let (screen, prompts, local, forwarded) = setting();
    let theirs = waiting!(prompts.unlock("key", &forwarded, Keys));
    let mut ours = waiting!(prompts.unlock("key", &local, Keys));
    screen.answer_all(&Err(Refusal::NotGiven));
    assert!(theirs.await.is_err());
    assert!(ours.as_mut().now_or_never().is_none());
    screen.answer_all(&right());
    assert!(ours.await.is_ok());
}

#[test]
fn sixteen_agents_have_room_at_the_socket_for_all_they_open() {
    let unit = include_str!("../../../../systemd/user/sshtpm-askpass.socket");
    let mut lines = unit.lines();
    let most = lines.find_map(|line| line.strip_prefix("MaxConnections="));
    let most: usize = most.unwrap().parse().unwrap();
    // One more of each may be closing.
    let of_one = MAX_LOCAL + MAX_FORWARDED + notifier::AT_A_TIME + 1;
    assert_eq!(most, 16 * of_one);
}
