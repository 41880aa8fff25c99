//! How the agent reaches the person to ask for a PIN.
//!
//! An agent that a user started asks at its terminal or runs the askpass program itself. The
//! agent of systemd's user manager runs in a sandbox in which desktop programs do not work. It
//! connects to `sshtpm-askpass.socket`, behind which [`super::service`] runs the program.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::unistd::geteuid;
use sshtpm_client::pin::{Ask as _, MAX_ANSWER, Person, Pin, Refusal, read_to_end};
use sshtpm_ssh::agent_report::Asks;
use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::conversation::Ask;
use super::reply::{self, MAX_REPLY_BYTES};
use crate::notify::screen::Screen;
use crate::telling::naming::Naming;
use crate::telling::sentence::Sentence;

/// How long the service may take: the time for an answer, and some seconds to start.
const MAX_SERVICE: Duration = MAX_ANSWER.saturating_add(Duration::from_secs(10));

/// The person to ask for a PIN on behalf of the agent.
#[derive(Debug)]
pub(crate) enum AgentPerson {
    /// At the terminal or the desktop of the agent.
    Here(Person, Naming),
    /// Behind the askpass service that listens at this socket.
    AtService(PathBuf),
}

impl AgentPerson {
    /// The person behind the askpass service at `socket`, or the one that the environment names.
    pub(crate) fn new(socket: Option<&Path>) -> Self {
        match socket {
            Some(socket) => Self::AtService(socket.to_owned()),
            None => Self::Here(Person::of_environment(), Naming::default()),
        }
    }

    /// The person to ask for an agent with a command. The terminal belongs to the command: an
    /// `ssh -A` that reads there would send a typed PIN to the host that caused the question.
    pub(crate) fn beside_command() -> Self {
        Self::Here(Person::away_from_terminal(), Naming::default())
    }

    /// How this person is asked.
    pub(crate) fn asks(&self) -> Asks {
        match self {
            Self::AtService(_) => Asks::ByService,
            Self::Here(person, _) => match person.can_be_asked() {
                Ok(()) => Asks::Itself,
                Err(Refusal::NoAsker) => Asks::NoAsker,
                Err(_) => Asks::NoDesktop,
            },
        }
    }

    /// The screen of the same person.
    pub(crate) fn screen(&self) -> Screen {
        match self {
            Self::Here(_, naming) => Screen::Here(naming.clone()),
            Self::AtService(socket) => Screen::AtService(socket.clone()),
        }
    }
}

impl Ask for AgentPerson {
    async fn ask(&self, question: &Sentence) -> Result<Pin, Refusal> {
        match self {
            Self::Here(person, naming) => person.ask(&naming.put_into_words(question).await).await,
            Self::AtService(socket) => {
                let asked = timeout(MAX_SERVICE, exchange(socket, &question.encode())).await;
                let reply = asked.map_err(|_| Refusal::Slow)?;
                reply::decode(&reply.map_err(|error| unreachable_at(socket, &error))?)
            }
        }
    }
}

/// Sends `question` as a line, and returns the answer.
async fn exchange(socket: &Path, question: &str) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut stream = UnixStream::connect(socket).await?;
    if stream.peer_cred()?.uid() != geteuid().as_raw() {
        return Err(io::Error::other("it belongs to another user"));
    }
    stream.write_all(format!("{question}\n").as_bytes()).await?;
    read_to_end(&mut stream, MAX_REPLY_BYTES).await
}

fn unreachable_at(socket: &Path, error: &io::Error) -> Refusal {
    let socket = socket.display();
    Refusal::Service(format!(
        "the askpass service at {socket} cannot be reached: {error}; \
         see `systemctl --user status sshtpm-askpass.socket`"
    ))
}

#[cfg(test)]
mod tests {
    use super::{AgentPerson, Ask};
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
    use tokio::net::UnixListener;

    #[tokio::test]
    async fn the_socket_carries_the_question_and_the_pin() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("askpass.sock");
        let listener = UnixListener::bind(&path).unwrap();
        let service = async {
            let mut stream = BufReader::new(listener.accept().await.unwrap().0);
            let mut question = String::new();
            stream.read_line(&mut question).await.unwrap();
            stream.write_all(b"+1234").await.unwrap();
            question
        };
        let person = AgentPerson::new(Some(&path));
        let asked = "PIN of key: ".into();
        let (answer, question) = tokio::join!(person.ask(&asked), service);
        assert_eq!(answer.unwrap().bytes(), b"1234");
        assert_eq!(question, "PIN of key: \n");
    }

    #[tokio::test]
    async fn the_refusal_names_a_service_that_is_not_there() {
        let person = AgentPerson::new(Some("/no/such/askpass.sock".as_ref()));
        let refusal = person.ask(&"?".into()).await.unwrap_err().to_string();
        assert!(refusal.contains("/no/such/askpass.sock"), "{refusal}");
        assert!(refusal.contains("sshtpm-askpass.socket"), "{refusal}");
    }
}
