//! Asks for one PIN, or shows one notification, on behalf of an agent in a sandbox
//! (`sshtpm-agent --askpass`).
//!
//! `sshtpm-askpass@.service` runs this outside the sandbox, with the environment of the user's
//! desktop and with the connection as standard input.
//!
//! May touch: that connection, the askpass program, the session bus, and the files of known hosts,
//! reading. Must never answer another user.

use std::io;
use std::os::fd::AsFd;
use std::time::Duration;

use nix::unistd::geteuid;
use sshtpm_client::pin::{Ask, Person, first_line};
use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;
use tokio::time::timeout;

use super::reply;
use crate::hang_up::{hung_up, send_all};
use crate::notify::notice::Notice;
use crate::notify::screen;
use crate::telling::naming::Naming;
use crate::telling::sentence::Sentence;

/// How long the agent may take to send its question or notice. It is on the same machine.
const MAX_QUESTION: Duration = Duration::from_secs(10);

/// Serves the connection that is standard input.
///
/// # Errors
///
/// Standard input is not a connection of this user, or the connection breaks.
pub(crate) async fn run() -> io::Result<()> {
    let stream = io::stdin().as_fd().try_clone_to_owned()?;
    let stream = std::os::unix::net::UnixStream::from(stream);
    stream.set_nonblocking(true)?;
    serve(UnixStream::from_std(stream)?, &Person::of_environment()).await
}

async fn serve(mut stream: UnixStream, person: &impl Ask) -> io::Result<()> {
    if stream.peer_cred()?.uid() != geteuid().as_raw() {
        return Err(io::Error::other("the connection belongs to another user"));
    }
    let line = timeout(MAX_QUESTION, first_line(&mut stream)).await??;
    if let Some(notice) = Notice::decode(&line).map_err(io::Error::other)? {
        return screen::serve(stream, &notice).await;
    }
    let question = Sentence::decode(&line);
    let question = Naming::default().put_into_words(&question).await;
    let answer = tokio::select! {
        answer = person.ask(&question) => answer,
        // The dialogue closes when the agent hangs up.
        () = hung_up(&stream) => return Ok(()),
    };
    send_all(&stream, &reply::encode(&answer)).await?;
    // systemd leaves the connection open in the askpass program, too. A process that the program
    // left behind would otherwise keep the agent waiting for the end of the answer.
    stream.shutdown().await
}

#[cfg(test)]
mod tests {
    use super::serve;
    use futures_util::FutureExt;
    use sshtpm_client::pin::{Ask, Pin, Refusal};
    use sshtpm_ssh::words::Words;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::UnixStream;
    use tokio::task::yield_now;

    /// Turns of the runtime. The runtime looks for events at each turn.
    const TURNS: usize = 200;

    struct Says(Result<&'static str, Refusal>);

    impl Ask for Says {
        async fn ask(&self, question: &Words) -> Result<Pin, Refusal> {
            assert_eq!(question.as_str(), "PIN of \\u{1b}key: ");
            self.0.clone().map(|pin| Pin::new(pin.as_bytes()).unwrap())
        }
    }

    async fn reply_of(person: Says) -> Vec<u8> {
        let (mut agent, service) = UnixStream::pair().unwrap();
        agent.write_all(b"PIN of \x1bkey: \n").await.unwrap();
        serve(service, &person).await.unwrap();
        let mut reply = Vec::new();
        agent.read_to_end(&mut reply).await.unwrap();
        reply
    }

    #[tokio::test]
    async fn the_service_sends_the_answer() {
        assert_eq!(reply_of(Says(Ok("1234"))).await, b"+1234");
        let refused = reply_of(Says(Err(Refusal::Nobody))).await;
        assert_eq!(refused.first(), Some(&b'-'));
    }

    #[tokio::test]
    async fn the_answer_ends_even_if_a_program_holds_the_connection() {
        let (mut agent, service) = UnixStream::pair().unwrap();
        agent.write_all(b"PIN of \x1bkey: \n").await.unwrap();
        let service = service.into_std().unwrap();
        let _held = service.try_clone().unwrap();
        let service = UnixStream::from_std(service).unwrap();
        serve(service, &Says(Ok("1234"))).await.unwrap();
        let mut reply = Vec::new();
        let mut read = std::pin::pin!(agent.read_to_end(&mut reply));
        for _ in 0..TURNS {
            if let Some(read) = read.as_mut().now_or_never() {
                return assert_eq!(read.unwrap(), b"+1234".len());
            }
            yield_now().await;
        }
        panic!("the agent still waits for more");
    }

    struct NeverAnswers;

    impl Ask for NeverAnswers {
        async fn ask(&self, _: &Words) -> Result<Pin, Refusal> {
            std::future::pending().await
        }
    }

    #[tokio::test]
    async fn the_question_ends_when_the_agent_hangs_up() {
        let (mut agent, service) = UnixStream::pair().unwrap();
        agent.write_all(b"?\n").await.unwrap();
        drop(agent);
        serve(service, &NeverAnswers).await.unwrap();
    }
}
