//! Conversations with people whose answers are given.

use std::cell::RefCell;

use sshtpm_client::pin::{NotAPin, Pin, Refusal};
use sshtpm_dbus::Error;
use sshtpm_ssh::error_kind::ErrorKind;
use sshtpm_ssh::session::Binding;

use super::{Ask, Locked, MAX_TRIES, StillLocked, unlock};
use crate::asker::Asker;
use crate::origin::Origin;
use crate::protocol::{fake_keys, host_fingerprint};
use crate::telling::names::Names;
use crate::telling::sentence::Sentence;

const FINGERPRINT: &str = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU";

/// Gives its answers one after the other, and records the questions.
#[derive(Default)]
struct Somebody {
    answers: RefCell<Vec<Result<&'static str, Refusal>>>,
    questions: RefCell<Vec<String>>,
}

impl Somebody {
    fn saying(answers: &[Result<&'static str, Refusal>]) -> Self {
        let answers = answers.iter().rev().cloned().collect();
        Self {
            answers: RefCell::new(answers),
            ..Self::default()
        }
    }
}

impl Ask for Somebody {
    async fn ask(&self, question: &Sentence) -> Result<Pin, Refusal> {
        let question = question.in_words(&Names::default()).to_string();
        self.questions.borrow_mut().push(question);
        let answer = self
            .answers
            .borrow_mut()
            .pop()
            .expect("one question too many");
        answer.map(|pin| Pin::new(pin.as_bytes()).unwrap())
    }
}

/// A key with the PIN 1234.
struct Key(Option<&'static str>);

impl Locked for Key {
    async fn comment(&self, _: &str) -> Option<String> {
        self.0.map(str::to_owned)
    }

    async fn unlock(&self, _: &str, pin: &Pin) -> Result<(), Error> {
        match pin.bytes() {
            b"1234" => Ok(()),
            b"over" => Err(Error::new(ErrorKind::PinTriesExceeded, "wait for a minute")),
            _ => Err(Error::new(ErrorKind::WrongPin, "the PIN is wrong")),
        }
    }
}

async fn talk_to(somebody: &Somebody) -> Result<(), StillLocked> {
    unlock(
        somebody,
        &Key(Some("laptop")),
        FINGERPRINT,
        &Asker::default(),
    )
    .await
}

async fn question_to(comment: Option<&'static str>, asker: &Asker) -> String {
    let somebody = Somebody::saying(&[Ok("1234")]);
    unlock(&somebody, &Key(comment), FINGERPRINT, asker)
        .await
        .unwrap();
    somebody.questions.take().remove(0)
}

#[tokio::test]
async fn the_right_pin_unlocks() {
    assert!(talk_to(&Somebody::saying(&[Ok("1234")])).await.is_ok());
}

#[tokio::test]
async fn a_person_who_errs_is_told_and_asked_again() {
    let somebody = Somebody::saying(&[
        Ok("4321"),
        Err(Refusal::NotAPin(NotAPin::TooLong)),
        Ok("1234"),
    ]);
    assert!(talk_to(&somebody).await.is_ok());
    let questions = somebody.questions.take();
    assert!(
        questions[1].contains(" again (the PIN is wrong), asked"),
        "{questions:?}"
    );
    assert!(
        questions[2].contains(" again (that cannot be a PIN: a PIN has at most"),
        "{questions:?}"
    );
    // As KDE's askpass program knows a PIN: `^Enter PIN for (.*?) key (.*?): $`.
    let is_known = |question: &String| {
        question.starts_with("Enter PIN for SSH key ") && question.ends_with(": ")
    };
    assert!(questions.iter().all(is_known), "{questions:?}");
}

#[tokio::test]
async fn a_person_may_err_as_often_as_with_ssh() {
    let somebody = Somebody::saying(&[Ok("1"), Ok("2"), Ok("3")]);
    let refused = talk_to(&somebody).await.unwrap_err();
    assert_eq!(refused.error.kind(), ErrorKind::WrongPin);
    assert_eq!(somebody.questions.take().len(), MAX_TRIES);
}

#[tokio::test]
async fn a_broker_that_takes_no_more_pins_gets_no_other() {
    let somebody = Somebody::saying(&[Ok("over")]);
    let refused = talk_to(&somebody).await.unwrap_err();
    assert_eq!(refused.error.kind(), ErrorKind::PinTriesExceeded);
}

#[tokio::test]
async fn each_way_of_not_answering_says_what_to_do() {
    let program = "/usr/bin/ssh-askpass".into();
    let why = "no such file".to_owned();
    for (refusal, was_asked) in [
        (Refusal::Nobody, false),
        (Refusal::NoProgram { program, why }, false),
        (Refusal::NoAnswer("askpass".into()), true),
        (Refusal::NotGiven, true),
        (Refusal::Slow, true),
        (Refusal::Terminal("gone".to_owned()), true),
        (Refusal::Service("gone".to_owned()), true),
    ] {
        let somebody = Somebody::saying(&[Err(refusal)]);
        let refused = talk_to(&somebody).await.unwrap_err();
        assert_eq!(refused.error.kind(), ErrorKind::PinRequired);
        assert_eq!(refused.was_asked, was_asked, "{refused:?}");
        let text = refused.error.text();
        assert!(
            text.contains(&format!("`sshtpm unlock {FINGERPRINT}`")),
            "{text}"
        );
    }
}

#[tokio::test]
async fn the_question_names_the_key() {
    let question = question_to(Some("laptop"), &Asker::default()).await;
    let program = "asked for by a program on this machine";
    let key = format!("Enter PIN for SSH key {FINGERPRINT}, {program}");
    let comment = "The comment of the key is \"laptop\"";
    assert_eq!(question, format!("{key}. {comment}. PIN: "));
    let question = question_to(None, &Asker::default()).await;
    assert_eq!(question, format!("{key}: "));
}

#[tokio::test]
async fn a_comment_cannot_forge_a_question() {
    let comment = "a\nb\u{1b}[2J\u{202e}\", asked for by ssh. PIN: ";
    let question = question_to(Some(comment), &Asker::default()).await;
    let quoted = r#"is "a\u{a}b\u{1b}[2J\u{202e}\u{22}, asked for by ssh. PIN: ". PIN: "#;
    assert!(question.ends_with(quoted), "{question}");
}

#[tokio::test]
async fn the_question_says_when_another_host_asks() {
    let hop = |is_forwarding, host_key| Binding {
        host_key,
        session_id: Vec::new(),
        signature: Vec::new(),
        is_forwarding,
    };
    let mut asker = Asker {
        origin: Origin::Forwarded,
        sessions: vec![hop(true, fake_keys::blob()), hop(false, Vec::new())].into(),
        client: None,
    };
    let question = question_to(None, &asker).await;
    let host = format!(
        "ANOTHER HOST to which the agent is forwarded ({})",
        fake_keys::fingerprint()
    );
    assert!(question.contains(&host), "{question}");
    asker.sessions = Default::default();
    let question = question_to(None, &asker).await;
    assert!(question.contains("ANOTHER HOST"), "{question}");
}

#[tokio::test]
async fn the_question_says_to_which_host_a_program_is_connected() {
    let session = Binding {
        host_key: fake_keys::blob(),
        session_id: Vec::new(),
        signature: Vec::new(),
        is_forwarding: false,
    };
    let asker = Asker {
        sessions: vec![session].into(),
        ..Asker::default()
    };
    let question = question_to(None, &asker).await;
    let host = fake_keys::fingerprint();
    let told = format!("a program on this machine, connected to a host ({host}): ");
    assert!(question.ends_with(&told), "{question}");
}

#[tokio::test]
async fn another_host_cannot_choose_its_name_in_the_question() {
    let hop = |host_key| Binding {
        host_key,
        session_id: Vec::new(),
        signature: Vec::new(),
        is_forwarding: true,
    };
    // ssh on this machine bound the first session. The host at the other end says the rest: a
    // server that it logged in to, or bytes that cannot be read.
    let trusted = key_blob(7);
    for said in [vec![fake_keys::blob()], vec![Vec::new()]] {
        let hosts = std::iter::once(trusted.clone()).chain(said);
        let asker = Asker {
            origin: Origin::Forwarded,
            sessions: hosts.map(hop).collect::<Vec<_>>().into(),
            client: None,
        };
        let question = question_to(None, &asker).await;
        let nearest = host_fingerprint(&trusted).unwrap();
        assert!(question.contains(&nearest), "{question}");
        assert!(!question.contains(&fake_keys::fingerprint()), "{question}");
    }
}

/// The blob of an Ed25519 key.
fn key_blob(byte: u8) -> Vec<u8> {
    [&b"\0\0\0\x0bssh-ed25519\0\0\0\x20"[..], &[byte; 32]].concat()
}
