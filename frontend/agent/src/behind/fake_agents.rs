//! Agents behind for tests: each at the other end of a real pair of sockets, with an answer for
//! each message, or none.

use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::task::spawn_local;
use tokio::time::{Duration, sleep};

use super::agents::Agents;
use super::dial::{Dial, Starting};
use super::listed::MAX_IDENTITIES;
use super::loop_check;
use super::settings::{AgentBehind, Otherwise, Settings};

/// Answers a message. `None` leaves the client waiting.
pub(crate) type Answer = fn(&[u8]) -> Option<Vec<u8>>;

/// What agents got, those that check for loops left out: the number of the agent and the message.
pub(crate) type Got = Rc<RefCell<Vec<(usize, Vec<u8>)>>>;

/// Connects to fake agents. OpenSSH's is the one after the last of the settings.
#[derive(Clone)]
pub(crate) struct FakeAgents {
    answers: Rc<Vec<Answer>>,
    pub(crate) got: Got,
    /// Whether somebody wanted OpenSSH's agent to be started.
    pub(crate) was_started: Rc<Cell<bool>>,
    /// Connections that were closed to them.
    pub(crate) closed: Rc<Cell<usize>>,
    /// How long they think about each message.
    pub(crate) delay: Rc<Cell<Duration>>,
}

impl FakeAgents {
    pub(crate) fn new(answers: &[Answer]) -> Self {
        Self {
            answers: Rc::new(answers.to_vec()),
            got: Rc::default(),
            was_started: Rc::default(),
            closed: Rc::default(),
            delay: Rc::default(),
        }
    }

    /// The agents, all but the last of which are in the settings; the last is OpenSSH's.
    pub(crate) fn agents(&self) -> Rc<Agents> {
        self.agents_with(None)
    }

    /// The same; the agent with the index `ordinary` is marked for ordinary keys.
    pub(crate) fn agents_with(&self, ordinary: Option<usize>) -> Rc<Agents> {
        let agent = |index| AgentBehind {
            written: String::new(),
            socket: "/run/fake".into(),
            is_for_ordinary_keys: Some(index) == ordinary,
        };
        let agents = (0..self.answers.len() - 1).map(agent).collect();
        let settings = Settings::new(agents, Otherwise::OpenSsh).unwrap();
        Rc::new(Agents::new(&settings, self.clone()))
    }

    /// The numbers of the messages that they got.
    pub(crate) fn kinds(&self) -> Vec<(usize, u8)> {
        let got = self.got.borrow();
        got.iter()
            .map(|(agent, message)| (*agent, message[0]))
            .collect()
    }

    fn connect(&self, index: usize) -> UnixStream {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let fakes = self.clone();
        spawn_local(async move {
            assert!(fakes.serve(theirs, index).await.is_err());
            fakes.closed.set(fakes.closed.get() + 1);
        });
        ours
    }

    async fn serve(&self, mut stream: UnixStream, index: usize) -> io::Result<()> {
        loop {
            let length = stream.read_u32().await?;
            let mut message = vec![0; usize::try_from(length).unwrap()];
            stream.read_exact(&mut message).await?;
            let name = loop_check::NAME.as_bytes();
            let is_check = message.windows(name.len()).any(|part| part == name);
            let answered = if is_check {
                Some(vec![5])
            } else {
                self.answers[index](&message)
            };
            if !is_check {
                self.got.borrow_mut().push((index, message));
            }
            if !self.delay.get().is_zero() {
                sleep(self.delay.get()).await;
            }
            if let Some(answered) = answered {
                stream
                    .write_u32(u32::try_from(answered.len()).unwrap())
                    .await?;
                stream.write_all(&answered).await?;
            }
        }
    }
}

impl Dial for FakeAgents {
    async fn dial(&self, index: usize) -> io::Result<UnixStream> {
        Ok(self.connect(index))
    }

    async fn dial_ordinary(&self, starting: Starting) -> io::Result<UnixStream> {
        if starting == Starting::IfNeeded {
            self.was_started.set(true);
        }
        if !self.was_started.get() {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(self.connect(self.answers.len() - 1))
    }
}

/// Agrees to everything, and has no keys.
pub(crate) fn willing(message: &[u8]) -> Option<Vec<u8>> {
    Some(match message[0] {
        11 => vec![12, 0, 0, 0, 0],
        _ => vec![6],
    })
}

/// Has one key, of the unknown type `key`, and signs with it.
pub(crate) fn with_key(message: &[u8]) -> Option<Vec<u8>> {
    Some(match message[0] {
        11 => b"\x0c\0\0\0\x01\0\0\0\x07\0\0\0\x03key\0\0\0\x01c".to_vec(),
        13 => b"\x0e\0\0\0\x03sig".to_vec(),
        _ => vec![6],
    })
}

/// The same, but knows no sessions.
pub(crate) fn unbound(message: &[u8]) -> Option<Vec<u8>> {
    match message[0] {
        27 => Some(vec![5]),
        _ => with_key(message),
    }
}

/// The same, but never signs.
pub(crate) fn unsigned(message: &[u8]) -> Option<Vec<u8>> {
    (message[0] != 13).then(|| with_key(message)).flatten()
}

/// Has one key, and answers the message with the number 200 with nonsense: without any byte.
pub(crate) fn provoked(message: &[u8]) -> Option<Vec<u8>> {
    match message[0] {
        200 => Some(Vec::new()),
        _ => with_key(message),
    }
}

/// Has as many keys as a list takes, of the unknown type `crowd`.
pub(crate) fn crowded(message: &[u8]) -> Option<Vec<u8>> {
    if message[0] != 11 {
        return willing(message);
    }
    let count = u32::try_from(MAX_IDENTITIES).unwrap();
    let key = |number: u32| {
        let blob = [&b"\0\0\0\x05crowd"[..], &number.to_be_bytes()].concat();
        [&b"\0\0\0\x0d"[..], &blob, &[0; 4]].concat()
    };
    let keys = (0..count).flat_map(key);
    let head = [12].into_iter().chain(count.to_be_bytes());
    Some(head.chain(keys).collect())
}

/// Refuses everything.
pub(crate) fn unwilling(_: &[u8]) -> Option<Vec<u8>> {
    Some(vec![5])
}

/// Never answers.
pub(crate) fn silent(_: &[u8]) -> Option<Vec<u8>> {
    None
}
