//! `sshtpm-agent`, as the user whose agent it is.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use crate::daemon::{Daemon, log_level};
use crate::machine::Machine;
use crate::user::{Invocation, User};
use crate::wait;

/// A running agent.
pub struct Agent<'m> {
    /// The process.
    pub daemon: Daemon,
    user: User<'m>,
    socket: String,
}

impl<'m> Agent<'m> {
    /// Starts one for `user` in the directory made for it, and waits until it listens.
    ///
    /// # Panics
    ///
    /// It does not come up.
    pub fn start(user: User<'m>) -> Self {
        let directory = match user.name() {
            "sshtpm-host" => "/run/sshtpm-host".to_owned(),
            _ => user.runtime_directory(),
        };
        Self::start_at(user, &format!("{directory}/agent.sock"))
    }

    /// Starts one for `user` at `socket`, and waits until it listens.
    ///
    /// # Panics
    ///
    /// It does not come up.
    pub fn start_at(user: User<'m>, socket: &str) -> Self {
        Self::start_with(user, socket, &[])
    }

    /// Starts one for `user` at `socket` with these variables in its environment, and waits until
    /// it listens.
    ///
    /// # Panics
    ///
    /// It does not come up.
    pub fn start_with(user: User<'m>, socket: &str, variables: &[(&str, &str)]) -> Self {
        Self::start_before(user, socket, &[], variables)
    }

    /// Starts one for `user` at `socket`, in front of the agents at the sockets `behind` and with
    /// these variables in its environment, and waits until it listens.
    ///
    /// # Panics
    ///
    /// It does not come up.
    pub fn start_before(
        user: User<'m>,
        socket: &str,
        behind: &[&str],
        variables: &[(&str, &str)],
    ) -> Self {
        let command = user.command("sshtpm-agent -D -a").arg(socket);
        let command = command.env("SSHTPM_LOG", log_level("debug"));
        let add = |command: Invocation<'m>, (name, value): &(&str, &str)| command.env(name, value);
        let command = variables.iter().fold(command, add);
        let add = |command: Invocation<'m>, other: &&str| command.args(&["-A", other]);
        let daemon = behind.iter().fold(command, add).daemon();
        wait::until("sshtpm-agent", wait::START, || {
            user.machine().enter(|| UnixStream::connect(socket)).ok()
        });
        Self {
            daemon,
            user,
            socket: socket.to_owned(),
        }
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        self.daemon.log()
    }

    /// Where it listens.
    pub fn socket(&self) -> &str {
        &self.socket
    }

    /// A command of its user's that finds this agent.
    pub fn command(&self, words: &str) -> Invocation<'m> {
        let command = self.user.command(words);
        command.env("SSH_AUTH_SOCK", &self.socket)
    }

    /// A connection from root's side, to say what no well-behaved client would.
    ///
    /// # Panics
    ///
    /// It no longer listens.
    pub fn connect(&self) -> Connection {
        Connection::to(self.user.machine(), &self.socket)
    }
}

/// A connection to an agent, on which anything can be said.
pub struct Connection {
    stream: UnixStream,
}

impl Connection {
    /// One to whatever agent listens at `socket`.
    ///
    /// # Panics
    ///
    /// None does.
    pub fn to(machine: &Machine, socket: &str) -> Self {
        let stream = machine.enter(|| UnixStream::connect(socket));
        let stream = stream.expect("the agent listens");
        let connection = Self { stream };
        connection.give_up_after(wait::EFFECT);
        connection
    }

    /// How long each answer may take, instead of [`wait::EFFECT`].
    ///
    /// # Panics
    ///
    /// It is no time at all.
    pub fn give_up_after(&self, bound: Duration) {
        let bound = Some(bound);
        self.stream
            .set_read_timeout(bound)
            .expect("the bound is not zero");
        self.stream
            .set_write_timeout(bound)
            .expect("the bound is not zero");
    }

    /// Sends bytes as they are.
    ///
    /// # Errors
    ///
    /// The agent closed the connection.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// Sends a message with its length, and waits for the answer.
    ///
    /// # Errors
    ///
    /// The agent closed the connection, or says nothing for [`wait::EFFECT`].
    pub fn ask(&mut self, message: &[u8]) -> io::Result<Vec<u8>> {
        let length = u32::try_from(message.len()).map_err(io::Error::other)?;
        self.send(&length.to_be_bytes())?;
        self.send(message)?;
        self.receive()
    }

    /// Waits for a message, which comes without its length.
    ///
    /// # Errors
    ///
    /// The agent closed the connection, or says nothing for [`wait::EFFECT`].
    pub fn receive(&mut self) -> io::Result<Vec<u8>> {
        let mut length = [0; 4];
        self.stream.read_exact(&mut length)?;
        let length = usize::try_from(u32::from_be_bytes(length)).map_err(io::Error::other)?;
        let mut message = vec![0; length];
        self.stream.read_exact(&mut message)?;
        Ok(message)
    }

    /// Says that nothing more will come.
    ///
    /// # Errors
    ///
    /// The agent closed the connection already.
    pub fn finish(&self) -> io::Result<()> {
        self.stream.shutdown(std::net::Shutdown::Write)
    }
}
