//! The ways to serve: a socket of systemd, a socket of the agent's own in the foreground or
//! background, or a private socket beside a command.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::ExitCode;

use tokio::runtime::Runtime;

use crate::args::Arguments;
use crate::asking::person::AgentPerson;
use crate::asking::service;
use crate::configured::ConfiguredAgent;
use crate::dialler;
use crate::error::AgentError;
use crate::listening::address::SocketPath;
use crate::listening::own_directory::OwnDirectory;
use crate::listening::place::Place;
use crate::listening::socket::{SocketFile, SocketId};
use crate::listening::{activation, clean_up};
use crate::process::command::Running;
use crate::process::stop::Stop;
use crate::process::user_signals::UserSignals;
use crate::process::{background, environment};
use crate::runtime;

/// Serves `listener`, which systemd handed over.
///
/// # Errors
///
/// The agent is not configured, or the process has no file descriptor left. Connections that wait
/// are then closed: systemd starts the agent for the next one, when `agent.toml` may be right.
pub(crate) fn activated(listener: UnixListener, arguments: &Arguments) -> Result<(), AgentError> {
    match ConfiguredAgent::new(arguments) {
        Ok(serving) => {
            Server::new(serving)?.serve_until_stopped(listener, arguments.person(), || Ok(()))
        }
        Err(error) => {
            activation::close_waiting(&listener);
            Err(error)
        }
    }
}

/// Serves a new socket, at the place that the command line names. Without `-D` or `-d` another
/// process serves it in the background, and this one returns.
///
/// # Errors
///
/// The agent is not configured, the socket cannot be made, the agent does not start, or the
/// commands for the shell cannot be printed.
pub(crate) fn standalone(arguments: &Arguments) -> Result<(), AgentError> {
    clean_up_before(arguments);
    let in_foreground = arguments.foreground || arguments.debug;
    let serving = ConfiguredAgent::new(arguments)?;
    let server = in_foreground.then(|| Server::new(serving)).transpose()?;
    let (listener, file) = arguments.place().bind()?;
    let Some(server) = server else {
        return background::start(listener, file, arguments.shell());
    };
    let lines = arguments
        .shell()
        .foreground(file.path(), std::process::id());
    server.serve_until_stopped(listener, arguments.person(), || environment::print(&lines))
}

/// Serves the socket at `path`, in the background process that [`standalone`] started.
///
/// # Errors
///
/// Standard input is not the listening socket.
pub(crate) fn in_background(
    path: &Path,
    id: SocketId,
    arguments: &Arguments,
) -> Result<(), AgentError> {
    let listener = background::take_listener()?;
    let file = SocketFile::adopt(SocketPath::named(path)?, id);
    let _file = match arguments.in_own_directory {
        true => file.inside(OwnDirectory::around(path)),
        false => file,
    };
    let person = AgentPerson::new(None);
    let server = Server::new(ConfiguredAgent::new(arguments)?)?;
    server.serve_until_stopped(listener, person, background::announce)
}

/// Serves a new socket, at the place that the command line names or at a private path, while
/// `program` runs with `rest`. Returns the exit status of the program.
///
/// # Errors
///
/// The agent is not configured, the socket cannot be made, or the program cannot be run.
pub(crate) fn with_command(
    program: &OsString,
    rest: &[OsString],
    arguments: &Arguments,
) -> Result<ExitCode, AgentError> {
    clean_up_before(arguments);
    let place = match arguments.place() {
        Place::Usual => Place::Private,
        place => place,
    };
    let server = Server::new(ConfiguredAgent::new(arguments)?)?;
    let (listener, file) = place.bind()?;
    server.run(async |mut stop, signals, serving| {
        let listener = adopt(listener)?;
        let mut running = Running::start(program, rest, file.path())?;
        let mut code = ExitCode::FAILURE;
        let ended = async { code = running.wait(&mut stop).await };
        let person = AgentPerson::beside_command();
        serving.serve(listener, person, signals, ended).await;
        Ok(code)
    })
}

/// Prints the path where the agent would listen.
///
/// # Errors
///
/// The path is not known, or standard output is closed.
pub(crate) fn print_socket(arguments: &Arguments) -> Result<(), AgentError> {
    let path = arguments.place().path()?.ok_or(AgentError::NoPathYet)?;
    let mut line = path.as_path().as_os_str().as_bytes().to_vec();
    line.push(b'\n');
    environment::print(&line)
}

/// Connects agents to those behind them, until the process ends.
///
/// # Errors
///
/// systemd handed over no socket, or it cannot be used.
pub(crate) fn dialler() -> Result<(), AgentError> {
    let listener = activation::listener()?;
    let none = || AgentError::Activation("got none".to_owned());
    let listener = listener.ok_or_else(none)?;
    listener
        .set_nonblocking(true)
        .map_err(AgentError::Process)?;
    let runtime = runtime::one_thread().map_err(AgentError::Process)?;
    let served = runtime::run(runtime, dialler::service::run(listener));
    served.map_err(AgentError::Process)
}

/// Removes the sockets of dead agents, unless the command line says not to.
fn clean_up_before(arguments: &Arguments) {
    if !arguments.no_clean_up {
        clean_up::clean_up(clean_up::MIN_AGE);
    }
}

/// Asks for one PIN, for the agent at the other end of standard input.
///
/// # Errors
///
/// Standard input is not a connection of this user's agent, or the connection breaks.
pub(crate) fn askpass_service() -> Result<(), AgentError> {
    let runtime = runtime::one_thread().map_err(AgentError::Process)?;
    let served = runtime::run(runtime, service::run());
    served.map_err(AgentError::Askpass)
}

/// A process that is ready to serve. It is made before the socket, so that no signal ends an agent
/// that can already be found.
struct Server {
    runtime: Runtime,
    stop: Stop,
    signals: UserSignals,
    serving: ConfiguredAgent,
}

impl Server {
    fn new(serving: ConfiguredAgent) -> Result<Self, AgentError> {
        let runtime = runtime::one_thread().map_err(AgentError::Process)?;
        let inside = runtime.enter();
        let stop = Stop::install().map_err(AgentError::Process)?;
        let signals = UserSignals::install().map_err(AgentError::Process)?;
        drop(inside);
        Ok(Self {
            runtime,
            stop,
            signals,
            serving,
        })
    }

    fn run<T>(self, work: impl AsyncFnOnce(Stop, UserSignals, ConfiguredAgent) -> T) -> T {
        let work = work(self.stop, self.signals, self.serving);
        runtime::run(self.runtime, work)
    }

    /// Calls `ready` as soon as clients can connect.
    fn serve_until_stopped(
        self,
        listener: UnixListener,
        person: AgentPerson,
        ready: impl FnOnce() -> Result<(), AgentError>,
    ) -> Result<(), AgentError> {
        self.run(async |mut stop, signals, serving| {
            let listener = adopt(listener)?;
            ready()?;
            let stopped = async {
                stop.next().await;
            };
            serving.serve(listener, person, signals, stopped).await;
            Ok(())
        })
    }
}

fn adopt(listener: UnixListener) -> Result<tokio::net::UnixListener, AgentError> {
    let adopted = listener
        .set_nonblocking(true)
        .and_then(|()| tokio::net::UnixListener::from_std(listener));
    adopted.map_err(AgentError::Process)
}
