//! The other end of a connection: a logind, and as much of a bus daemon as says who that is. It
//! answers when a test lets it.

use std::fs::File;
use std::os::unix::net::UnixStream;

use tokio::sync::watch;
use tokio::time::{Duration, timeout};
use zbus::connection::Builder;
use zbus::message::Message;
use zbus::{Guid, OwnedFd, OwnedObjectPath};

use super::logind::ListedSession;

const LOGIND: &str = "/org/freedesktop/login1";

pub(super) const SESSION: &str = "/org/freedesktop/login1/session/_31";

/// A user with one unlocked session at a seat, which may end.
pub(super) const ALICE: u32 = 1000;

/// What the test says, and what came.
#[derive(Clone, Debug)]
pub(super) struct FalseLogind {
    connection: zbus::Connection,
    script: Script,
}

#[derive(Clone, Debug)]
struct Script {
    answers: watch::Sender<bool>,
    is_alice_there: watch::Sender<bool>,
    /// Calls so far, and those of them that are answered.
    calls: watch::Sender<(usize, usize)>,
}

impl Script {
    async fn answer<T>(&self, answer: impl FnOnce() -> T) -> T {
        self.calls.send_modify(|(came, _)| *came += 1);
        let mut answers = self.answers.subscribe();
        answers.wait_for(|is| *is).await.expect("a test");
        let answer = answer();
        self.calls.send_modify(|(_, answered)| *answered += 1);
        answer
    }
}

impl FalseLogind {
    /// The broker's end, and the other one.
    pub(super) async fn start() -> (zbus::Connection, Self) {
        let (ours, theirs) = UnixStream::pair().expect("a pair of sockets");
        let script = Script {
            answers: watch::Sender::new(true),
            is_alice_there: watch::Sender::new(true),
            calls: watch::Sender::new((0, 0)),
        };
        let guid = Guid::generate();
        let server = Builder::unix_stream(theirs)
            .server(guid)
            .p2p()
            .serve_at("/org/freedesktop/DBus", Daemon)
            .serve_at(LOGIND, Manager(script.clone()))
            .serve_at(SESSION, Session(script.clone()))
            .build();
        let client = Builder::unix_stream(ours).p2p().build();
        let (server, client) = tokio::join!(server, client);
        let connection = server.expect("logind's end");
        (
            client.expect("the broker's end"),
            Self { connection, script },
        )
    }

    /// Answers come at once, or else not before this is called again.
    pub(super) fn answers(&self, at_once: bool) {
        self.script.answers.send_replace(at_once);
    }

    pub(super) fn alice_is_there(&self, is: bool) {
        self.script.is_alice_there.send_replace(is);
    }

    /// Calls that have no answer yet. It looks when all that is under way has arrived.
    pub(super) async fn unanswered(&self) -> usize {
        let mut calls = self.script.calls.subscribe();
        while timeout(Duration::from_millis(1), calls.changed())
            .await
            .is_ok()
        {}
        let (came, answered) = *self.script.calls.borrow();
        came - answered
    }

    pub(super) async fn signal<B>(&self, path: &str, interface: &str, member: &str, body: &B)
    where
        B: serde::Serialize + zbus::DynamicType,
    {
        let signal = Message::signal(path, interface, member).sender(NAME);
        let signal = signal.build(body).expect("a signal");
        self.connection.send(&signal).await.expect("a connection");
    }

    /// A session has ended.
    pub(super) async fn session_removed(&self) {
        let session = ("1", OwnedObjectPath::try_from(SESSION).expect("a path"));
        self.signal(LOGIND, MANAGER, "SessionRemoved", &session)
            .await;
    }
}

const MANAGER: &str = "org.freedesktop.login1.Manager";

/// The unique name of this logind.
pub(super) const NAME: &str = ":1.7";

struct Daemon;

#[zbus::interface(name = "org.freedesktop.DBus")]
impl Daemon {
    fn get_name_owner(&self, _name: &str) -> &str {
        NAME
    }

    #[zbus(name = "GetConnectionUnixUser")]
    fn uid(&self, _name: &str) -> u32 {
        0
    }
}

struct Manager(Script);

#[zbus::interface(name = "org.freedesktop.login1.Manager")]
impl Manager {
    async fn list_sessions(&self) -> Vec<ListedSession> {
        let list = || {
            let path = OwnedObjectPath::try_from(SESSION).expect("a path");
            let session = ("1".into(), ALICE, "alice".into(), "seat0".into(), path);
            let is_there = *self.0.is_alice_there.borrow();
            is_there.then_some(session).into_iter().collect()
        };
        self.0.answer(list).await
    }

    async fn inhibit(&self, _what: &str, _who: &str, _why: &str, _mode: &str) -> OwnedFd {
        let lock = || File::open("/dev/null").expect("a file");
        std::os::fd::OwnedFd::from(self.0.answer(lock).await).into()
    }
}

struct Session(Script);

#[zbus::interface(name = "org.freedesktop.login1.Session")]
impl Session {
    #[zbus(property)]
    async fn user(&self) -> (u32, OwnedObjectPath) {
        self.0.answer(|| (ALICE, OwnedObjectPath::default())).await
    }

    #[zbus(property)]
    fn class(&self) -> &str {
        "user"
    }

    #[zbus(property)]
    fn seat(&self) -> (String, OwnedObjectPath) {
        ("seat0".to_owned(), OwnedObjectPath::default())
    }

    #[zbus(property)]
    fn remote(&self) -> bool {
        false
    }

    #[zbus(property)]
    fn state(&self) -> &str {
        "active"
    }

    #[zbus(property)]
    fn locked_hint(&self) -> bool {
        false
    }
}
