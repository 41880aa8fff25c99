//! The ways to serve: a socket of systemd, a socket of the agent's own in the foreground or
//! background, or a private socket beside a command.

use std::ffi::OsString;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::ExitCode;
use std::rc::Rc;

use tokio::runtime::{Builder, Runtime};
use tokio::task::LocalSet;

use crate::args::Arguments;
use crate::asking::person::AgentPerson;
use crate::asking::service;
use crate::behind::agents::Agents;
use crate::behind::direct::Direct;
use crate::behind::settings::{Otherwise, Settings};
use crate::broker::keys::BrokerKeys;
use crate::error::AgentError;
use crate::listening::address::SocketPath;
use crate::listening::socket::{self, SocketFile, SocketId};
use crate::process::command::Running;
use crate::process::stop::Stop;
use crate::process::user_signals::UserSignals;
use crate::process::{background, environment};
use crate::serving::{accept, limit};

/// Threads for what would keep the one that serves busy: a passphrase of `ssh-add -x` or `-X`, the
/// proofs of a local and of a forwarded connection, one of each at a time; and what zbus asks the
/// kernel while it connects.
const BLOCKING_THREADS: usize = 4;

/// Serves `listener`, which systemd handed over.
///
/// # Errors
///
/// The process has no file descriptor left.
pub(crate) fn activated(listener: UnixListener, arguments: &Arguments) -> Result<(), AgentError> {
    // The sandbox of the unit is no place for a program that keeps private keys.
    let settings = arguments.settings(Otherwise::Refuse)?;
    Server::new(settings)?.serve_until_stopped(listener, arguments.person(), || Ok(()))
}

/// Serves a new socket, at the path of `-a` or at the standard path. Without `-D` or `-d` another
/// process serves it in the background, and this one returns.
///
/// # Errors
///
/// The socket cannot be made, the agent does not start, or the commands for the
/// shell cannot be printed.
pub(crate) fn standalone(arguments: &Arguments) -> Result<(), AgentError> {
    let path = match &arguments.address {
        Some(path) => SocketPath::named(path)?,
        None => SocketPath::standard()?,
    };
    let in_foreground = arguments.foreground || arguments.debug;
    let settings = arguments.settings(Otherwise::OpenSsh)?;
    let server = in_foreground.then(|| Server::new(settings)).transpose()?;
    let (listener, file) = socket::bind(&path)?;
    let Some(server) = server else {
        return background::start(listener, file, arguments.shell(), &arguments.behind);
    };
    let lines = arguments
        .shell()
        .foreground(file.path(), std::process::id());
    server.serve_until_stopped(listener, arguments.person(), || environment::print(&lines))
}

/// Serves the socket `id` at `path`, in the background process that [`standalone`] started.
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
    let _file = SocketFile::adopt(SocketPath::named(path)?, id);
    let person = AgentPerson::new(None);
    let settings = arguments.settings(Otherwise::OpenSsh)?;
    Server::new(settings)?.serve_until_stopped(listener, person, background::announce)
}

/// Serves a new socket, at the path of `-a` or at a private path, while `program` runs with `rest`.
/// Returns the exit status of the program.
///
/// # Errors
///
/// The socket cannot be made, or the program cannot be run.
pub(crate) fn with_command(
    program: &OsString,
    rest: &[OsString],
    arguments: &Arguments,
) -> Result<ExitCode, AgentError> {
    // The fresh directory must be dropped after the socket in it.
    let (path, _directory) = match &arguments.address {
        Some(path) => (SocketPath::named(path)?, None),
        None => SocketPath::private().map(|(path, directory)| (path, Some(directory)))?,
    };
    let server = Server::new(arguments.settings(Otherwise::OpenSsh)?)?;
    let (listener, file) = socket::bind(&path)?;
    server.run(async |mut stop, signals, settings| {
        let listener = adopt(listener)?;
        let mut running = Running::start(program, rest, file.path())?;
        let mut code = ExitCode::FAILURE;
        let ended = async { code = running.wait(&mut stop).await };
        serve(
            listener,
            AgentPerson::beside_command(),
            settings,
            signals,
            ended,
        )
        .await;
        Ok(code)
    })
}

/// Asks for one PIN, for the agent at the other end of standard input.
///
/// # Errors
///
/// Standard input is not a connection of this user's agent, or the connection breaks.
pub(crate) fn askpass_service() -> Result<(), AgentError> {
    let served = runtime()?.block_on(service::run());
    served.map_err(AgentError::Askpass)
}

/// A process that is ready to serve. It is made before the socket, so that no signal ends an agent
/// that can already be found.
struct Server {
    runtime: Runtime,
    stop: Stop,
    signals: UserSignals,
    settings: Settings,
}

impl Server {
    /// A process that will use the agents behind of `settings`.
    fn new(settings: Settings) -> Result<Self, AgentError> {
        let runtime = runtime()?;
        let inside = runtime.enter();
        let stop = Stop::install().map_err(AgentError::Process)?;
        let signals = UserSignals::install().map_err(AgentError::Process)?;
        drop(inside);
        Ok(Self {
            runtime,
            stop,
            signals,
            settings,
        })
    }

    fn run<T>(self, work: impl AsyncFnOnce(Stop, UserSignals, Settings) -> T) -> T {
        let work = work(self.stop, self.signals, self.settings);
        LocalSet::new().block_on(&self.runtime, work)
    }

    /// Calls `ready` as soon as clients can connect.
    fn serve_until_stopped(
        self,
        listener: UnixListener,
        person: AgentPerson,
        ready: impl FnOnce() -> Result<(), AgentError>,
    ) -> Result<(), AgentError> {
        self.run(async |mut stop, signals, settings| {
            let listener = adopt(listener)?;
            ready()?;
            let stopped = async {
                stop.next().await;
            };
            serve(listener, person, settings, signals, stopped).await;
            Ok(())
        })
    }
}

async fn serve(
    listener: tokio::net::UnixListener,
    person: AgentPerson,
    settings: Settings,
    signals: UserSignals,
    stopped: impl Future<Output = ()>,
) {
    let keys = Rc::new(BrokerKeys::new(person));
    let agents = Rc::new(Agents::new(&settings, Direct::new(&settings)));
    let limit = limit::connections(agents.count());
    tokio::select! {
        () = accept::serve(listener, limit, Rc::clone(&keys), agents, stopped) => {}
        () = signals.obey(&*keys) => {}
    }
}

/// A runtime of one thread: an agent mostly waits, and each user of the machine has an agent.
fn runtime() -> Result<Runtime, AgentError> {
    let built = Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(BLOCKING_THREADS)
        .build();
    built.map_err(AgentError::Process)
}

fn adopt(listener: UnixListener) -> Result<tokio::net::UnixListener, AgentError> {
    let adopted = listener
        .set_nonblocking(true)
        .and_then(|()| tokio::net::UnixListener::from_std(listener));
    adopted.map_err(AgentError::Process)
}
