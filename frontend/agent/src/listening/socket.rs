//! Creates the listening socket, and removes it.
//!
//! May touch: the path of the socket. Must never remove anything but a dead socket of this user.
//! Must never let another user connect, not even for a moment.
//!
//! Specs: unix(7); flock(2).

use std::fs::{self, File};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};
use nix::sys::socket::{AddressFamily, Backlog, SockFlag, SockType, UnixAddr};
use nix::sys::socket::{bind as bind_to, connect, listen, socket};
use nix::sys::stat::{Mode, fchmod};
use nix::unistd::geteuid;

use super::address::SocketPath;
use super::own_directory::OwnDirectory;
use crate::error::AgentError;

/// How often the agent tries to take the lock. Another agent holds it for microseconds.
const LOCK_TRIES: u32 = 20;

/// Time between two tries.
const LOCK_PAUSE: Duration = Duration::from_millis(50);

/// Identifies a file even if another one takes its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SocketId {
    device: u64,
    inode: u64,
}

/// The file of a listening socket. Dropping this removes the file if it is still the same one, and
/// then the directory that was made for it.
#[derive(Debug)]
pub(crate) struct SocketFile {
    path: SocketPath,
    id: SocketId,
    directory: Option<OwnDirectory>,
}

/// Listens at `path`, for this user and root alone. Replaces a dead socket there.
///
/// # Errors
///
/// An agent already listens there, another file is there, or the directory cannot be written.
pub(crate) fn bind(path: &SocketPath) -> Result<(UnixListener, SocketFile), AgentError> {
    // Without the lock, the socket of another agent would look dead between its bind and its
    // listen.
    let lock = lock(path.directory())?;
    remove_dead(path)?;
    let listener = bind_new(path.as_path()).map_err(|error| cannot_listen(path, error))?;
    let file = SocketFile {
        path: path.clone(),
        id: SocketId::of_socket(path)?,
        directory: None,
    };
    drop(lock);
    Ok((listener, file))
}

impl SocketFile {
    /// Takes over the file `id` at `path`, which another process created.
    pub(crate) fn adopt(path: SocketPath, id: SocketId) -> Self {
        Self {
            path,
            id,
            directory: None,
        }
    }

    /// The same file in `directory`, which was made for it.
    pub(crate) fn inside(self, directory: OwnDirectory) -> Self {
        let (path, id) = (self.path.clone(), self.id);
        self.leave();
        Self {
            path,
            id,
            directory: Some(directory),
        }
    }

    /// Whether its directory was made for it.
    pub(crate) fn is_in_own_directory(&self) -> bool {
        self.directory.is_some()
    }

    /// Identifies the file.
    pub(crate) fn id(&self) -> SocketId {
        self.id
    }

    /// The path of the file.
    pub(crate) fn path(&self) -> &Path {
        self.path.as_path()
    }

    /// Keeps the file and its directory, because another process removes them.
    pub(crate) fn leave(self) {
        std::mem::forget(self);
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if SocketId::of_socket(&self.path).is_ok_and(|id| id == self.id) {
            // The agent is ending. If this fails, the next agent replaces the file.
            let _ = fs::remove_file(self.path.as_path());
        }
    }
}

impl SocketId {
    /// Identifies the socket at `path`, which must be this user's, with no access for others.
    fn of_socket(path: &SocketPath) -> Result<Self, AgentError> {
        let found = path.as_path().symlink_metadata();
        let found = found.map_err(|source| AgentError::CannotListen {
            path: path.as_path().to_owned(),
            source,
        })?;
        let is_ours = found.file_type().is_socket() && found.uid() == geteuid().as_raw();
        if !is_ours || found.mode() & 0o077 != 0 {
            return Err(AgentError::InTheWay(path.as_path().to_owned()));
        }
        Ok(Self {
            device: found.dev(),
            inode: found.ino(),
        })
    }
}

impl std::fmt::Display for SocketId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.device, self.inode)
    }
}

impl FromStr for SocketId {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parse = |number: &str| number.parse().map_err(|_| "expected DEVICE:INODE");
        let (device, inode) = text.split_once(':').ok_or("expected DEVICE:INODE")?;
        Ok(Self {
            device: parse(device)?,
            inode: parse(inode)?,
        })
    }
}

fn lock(directory: &Path) -> Result<Flock<File>, AgentError> {
    let mut file = File::open(directory).map_err(|source| AgentError::Directory {
        path: directory.to_owned(),
        source,
    })?;
    for _ in 0..LOCK_TRIES {
        match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
            Ok(lock) => return Ok(lock),
            Err((unlocked, _)) => file = unlocked,
        }
        std::thread::sleep(LOCK_PAUSE);
    }
    Err(AgentError::DirectoryLocked(directory.to_owned()))
}

/// Removes a socket of this user that refuses connections.
///
/// # Errors
///
/// Anything else is at `path`.
pub(super) fn remove_dead(path: &SocketPath) -> Result<(), AgentError> {
    let in_the_way = || AgentError::InTheWay(path.as_path().to_owned());
    let found = match path.as_path().symlink_metadata() {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(cannot_listen(path, error)),
    };
    if !found.file_type().is_socket() || found.uid() != geteuid().as_raw() {
        return Err(in_the_way());
    }
    match try_connect(path.as_path()) {
        // EAGAIN: an agent listens, and its queue of connections is full.
        Ok(()) | Err(Errno::EAGAIN) => Err(AgentError::AlreadyServed(path.as_path().to_owned())),
        Err(Errno::ECONNREFUSED) => {
            fs::remove_file(path.as_path()).map_err(|error| cannot_listen(path, error))
        }
        Err(Errno::ENOENT) => Ok(()),
        Err(_) => Err(in_the_way()),
    }
}

fn try_connect(path: &Path) -> nix::Result<()> {
    use std::os::fd::AsRawFd;
    let probe = new_socket(SockFlag::SOCK_NONBLOCK)?;
    connect(probe.as_raw_fd(), &UnixAddr::new(path)?)
}

fn bind_new(path: &Path) -> io::Result<UnixListener> {
    use std::os::fd::AsRawFd;
    let socket = new_socket(SockFlag::empty())?;
    // The file gets its mode from the socket, so it is never open to others. umask would change the
    // whole process.
    fchmod(&socket, Mode::S_IRUSR | Mode::S_IWUSR)?;
    bind_to(socket.as_raw_fd(), &UnixAddr::new(path)?)?;
    listen(&socket, Backlog::MAXCONN)?;
    Ok(UnixListener::from(socket))
}

fn new_socket(flags: SockFlag) -> nix::Result<OwnedFd> {
    socket(
        AddressFamily::Unix,
        SockType::Stream,
        flags | SockFlag::SOCK_CLOEXEC,
        None,
    )
}

fn cannot_listen(path: &SocketPath, source: io::Error) -> AgentError {
    AgentError::CannotListen {
        path: path.as_path().to_owned(),
        source,
    }
}

#[cfg(test)]
#[path = "socket_tests.rs"]
mod tests;
