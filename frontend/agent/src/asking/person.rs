//! Whom the agent asks for a PIN.
//!
//! An agent that somebody started asks at its terminal or runs the askpass program itself. The one
//! of systemd's user manager is in a sandbox where no program of a desktop works; it is told of
//! `sshtpm-askpass.socket`, behind which [`crate::asking::service`] runs it.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::unistd::geteuid;
use sshtpm_client::pin::{Ask, MAX_ANSWER, Person, Pin, Refusal, read_to_end};
use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::reply::{self, MAX_REPLY_BYTES};

/// How long the service may take: what a person has, and starting it.
const MAX_SERVICE: Duration = MAX_ANSWER.saturating_add(Duration::from_secs(10));

/// Whoever can be asked for a PIN on behalf of the agent.
#[derive(Debug)]
pub(crate) enum AgentPerson {
    /// At the terminal or the desktop of the agent.
    Here(Person),
    /// Through this socket.
    AtService(PathBuf),
}

impl AgentPerson {
    /// Through `socket`, if there is one.
    pub(crate) fn new(socket: Option<&Path>) -> Self {
        match socket {
            Some(socket) => Self::AtService(socket.to_owned()),
            None => Self::Here(Person::of_environment()),
        }
    }

    /// For an agent with a command, to which the terminal belongs: `ssh -A` may be reading there while
    /// a host to which the agent is forwarded has it ask, and would send that host what is typed.
    pub(crate) fn beside_command() -> Self {
        Self::Here(Person::away_from_terminal())
    }
}

impl Ask for AgentPerson {
    async fn ask(&self, question: &str) -> Result<Pin, Refusal> {
        match self {
            Self::Here(person) => person.ask(question).await,
            Self::AtService(socket) => {
                let asked = timeout(MAX_SERVICE, exchange(socket, question)).await;
                let reply = asked.map_err(|_| Refusal::Slow)?;
                reply::decode(&reply.map_err(|error| unreachable_at(socket, &error))?)
            }
        }
    }
}

/// Sends `question` as a line, and returns all that comes back.
async fn exchange(socket: &Path, question: &str) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut stream = UnixStream::connect(socket).await?;
    if stream.peer_cred()?.uid() != geteuid().as_raw() {
        return Err(io::Error::other("it is another user's"));
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
    use super::AgentPerson;
    use sshtpm_client::pin::Ask;
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
    use tokio::net::UnixListener;

    #[tokio::test]
    async fn the_question_goes_through_the_socket_and_the_pin_comes_back() {
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
        let (answer, question) = tokio::join!(person.ask("PIN of key: "), service);
        assert_eq!(answer.unwrap().bytes(), b"1234");
        assert_eq!(question, "PIN of key: \n");
    }

    #[tokio::test]
    async fn a_service_that_is_not_there_is_named() {
        let person = AgentPerson::new(Some("/no/such/askpass.sock".as_ref()));
        let refusal = person.ask("?").await.unwrap_err().to_string();
        assert!(refusal.contains("/no/such/askpass.sock"), "{refusal}");
        assert!(refusal.contains("sshtpm-askpass.socket"), "{refusal}");
    }
}
