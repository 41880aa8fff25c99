//! `sshtpm-agent`: an SSH agent for keys in the TPM of the machine.
//!
//! It translates the ssh-agent protocol into D-Bus calls of `sshtpm-broker`, with the identity of
//! the user who runs it. It holds no private key and makes no decision about access.
//!
//! # The way of a request
//!
//! 1. [`serving`] accepts the connection of a client, such as ssh, and reads a message.
//! 2. [`protocol`] decodes the message. It uses the keys of the user through the port [`keys`], and
//!    passes what concerns other keys on to the agents [`behind`].
//! 3. [`broker`] stands behind that port. It gives the request a place and calls `sshtpm-broker`.
//! 4. If the broker needs a PIN, [`asking`] asks the user for it, and the request is sent again.
//! 5. [`protocol`] encodes the answer, and [`serving`] sends it to the client.
//!
//! [`notify`] has the desktop show what happens. What a person is told of requests and hosts is put
//! into words by [`telling`].
//!
//! Around that, [`start`] chooses how the agent serves, [`listening`] makes the socket, and
//! [`process`] does what concerns the process: `-k`, the background, a command, signals.
//!
//! [`config`] reads how it serves, and [`only`] keeps an agent to some of the keys. [`dialler`] is
//! another process, which reaches agents behind for an agent in a sandbox.
//!
//! May touch: its socket, those of agents behind, `agent.toml`, the terminal, the system bus. Must
//! never log, keep or write private keys, or the data that clients send for signing; of its kind
//! and its names, a notification tells the user.
//!
//! Specs: RFC 9987; OpenSSH `PROTOCOL.agent`; ssh-agent(1).

mod args;
mod asker;
mod asking;
mod behind;
mod broker;
mod config;
mod configured;
mod dialler;
mod error;
mod hang_up;
mod keys;
mod lifetime;
mod listening;
mod lock;
mod log_writer;
mod logging;
#[cfg(test)]
mod manual;
mod notify;
mod only;
mod origin;
mod peer;
mod print_config;
mod process;
mod protocol;
mod runtime;
mod serving;
mod standing;
mod start;
mod telling;
mod throttle;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;

use self::args::Arguments;
use self::error::AgentError;
use self::listening::{activation, clean_up};
use self::process::{identity, kill};

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(code) => code,
        Err(error) => {
            // If stderr is closed, the exit status alone tells of the error.
            let _ = writeln!(io::stderr(), "sshtpm-agent: {error}");
            error.exit_code()
        }
    }
}

fn run(arguments: &Arguments) -> Result<ExitCode, AgentError> {
    identity::set_up()?;
    logging::start(arguments.debug)?;
    if arguments.askpass {
        start::askpass_service()?;
    } else if arguments.dialler {
        start::dialler()?;
    } else if arguments.kill {
        kill::run(arguments.shell())?;
    } else if arguments.cleans_up() {
        clean_up::clean_up(clean_up::MIN_AGE);
    } else if arguments.print_socket {
        start::print_socket(arguments)?;
    } else if arguments.print_config {
        print_config::print()?;
    } else if let (Some(id), Some(path)) = (arguments.adopt, &arguments.adopted_path) {
        start::in_background(path, id, arguments)?;
    } else if let Some((program, rest)) = arguments.command.split_first() {
        return start::with_command(program, rest, arguments);
    } else if let Some(listener) = activation::listener()? {
        start::activated(listener, arguments)?;
    } else {
        start::standalone(arguments)?;
    }
    Ok(ExitCode::SUCCESS)
}
