//! `sshtpm-agent`: the SSH agent.
//!
//! Purpose: translate the agent protocol into calls of `sshtpm-broker`, for the user as whom it
//! runs. It holds no key and decides nothing.
//!
//! May touch: its socket, the system bus. Must never log, keep or write what it was asked to sign.
//!
//! Specs: RFC 9987; OpenSSH `PROTOCOL.agent`; ssh-agent(1).

mod args;
mod asker;
mod asking;
mod broker;
mod error;
mod hang_up;
mod keys;
mod listening;
mod lock;
mod logging;
#[cfg(test)]
mod manual;
mod origin;
mod process;
mod protocol;
mod serving;
mod throttle;

use std::ffi::OsString;
use std::io::{self, Write};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use tokio::runtime::{Builder, Runtime};
use tokio::task::LocalSet;

use self::args::Arguments;
use self::asking::person::AgentPerson;
use self::asking::service;
use self::broker::keys::BrokerKeys;
use self::error::AgentError;
use self::listening::address::SocketPath;
use self::listening::socket::{SocketFile, SocketId};
use self::listening::{activation, socket};
use self::process::command::Running;
use self::process::stop::Stop;
use self::process::{background, environment, identity, kill};
use self::serving::{accept, limit};

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(code) => code,
        Err(error) => {
            // Where stderr is closed, the exit status has to do.
            let _ = writeln!(io::stderr(), "sshtpm-agent: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<ExitCode, AgentError> {
    identity::set_up()?;
    logging::start(arguments.debug)?;
    if arguments.askpass {
        runtime()?
            .block_on(service::run())
            .map_err(AgentError::Askpass)?;
    } else if arguments.kill {
        kill::run(arguments.shell())?;
    } else if let (Some(id), Some(path)) = (arguments.adopt, &arguments.address) {
        in_background(path, id)?;
    } else if let Some((program, rest)) = arguments.command.split_first() {
        return with_command(program, rest, arguments.address.as_deref());
    } else if let Some(listener) = activation::listener()? {
        serve_until_stopped(listener, arguments.person(), || Ok(()))?;
    } else {
        standalone(arguments)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn standalone(arguments: &Arguments) -> Result<(), AgentError> {
    let path = match &arguments.address {
        Some(path) => SocketPath::named(path)?,
        None => SocketPath::standard()?,
    };
    let (listener, file) = socket::bind(&path)?;
    if !(arguments.foreground || arguments.debug) {
        return background::start(listener, file, arguments.shell());
    }
    let lines = arguments
        .shell()
        .foreground(file.path(), std::process::id());
    serve_until_stopped(listener, arguments.person(), || environment::print(&lines))
}

fn in_background(path: &Path, id: SocketId) -> Result<(), AgentError> {
    let listener = background::take_listener()?;
    let _file = SocketFile::adopt(SocketPath::named(path)?, id);
    let person = AgentPerson::new(None);
    serve_until_stopped(listener, person, background::announce)
}

fn with_command(
    program: &OsString,
    arguments: &[OsString],
    address: Option<&Path>,
) -> Result<ExitCode, AgentError> {
    // Dropped after the file in it: the fresh directory.
    let (path, _directory) = match address {
        Some(path) => (SocketPath::named(path)?, None),
        None => SocketPath::private().map(|(path, directory)| (path, Some(directory)))?,
    };
    let (listener, file) = socket::bind(&path)?;
    let runtime = runtime()?;
    LocalSet::new().block_on(&runtime, async {
        let listener = adopt(listener)?;
        let mut stop = Stop::install().map_err(AgentError::Process)?;
        let mut running = Running::start(program, arguments, file.path())?;
        let mut code = ExitCode::FAILURE;
        let ended = async { code = running.wait(&mut stop).await };
        let keys = BrokerKeys::new(AgentPerson::beside_command());
        accept::serve(listener, limit::connections(), keys, ended).await;
        Ok(code)
    })
}

/// `ready` runs as soon as clients are served and signals no longer end the process at once.
fn serve_until_stopped(
    listener: UnixListener,
    person: AgentPerson,
    ready: impl FnOnce() -> Result<(), AgentError>,
) -> Result<(), AgentError> {
    let runtime = runtime()?;
    LocalSet::new().block_on(&runtime, async {
        let listener = adopt(listener)?;
        let mut stop = Stop::install().map_err(AgentError::Process)?;
        ready()?;
        let stopped = async {
            stop.next().await;
        };
        accept::serve(
            listener,
            limit::connections(),
            BrokerKeys::new(person),
            stopped,
        )
        .await;
        Ok(())
    })
}

/// One thread: an agent waits, and every user of the machine has one.
fn runtime() -> Result<Runtime, AgentError> {
    let built = Builder::new_current_thread().enable_all().build();
    built.map_err(AgentError::Process)
}

fn adopt(listener: UnixListener) -> Result<tokio::net::UnixListener, AgentError> {
    let adopted = listener
        .set_nonblocking(true)
        .and_then(|()| tokio::net::UnixListener::from_std(listener));
    adopted.map_err(AgentError::Process)
}
