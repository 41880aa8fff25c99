//! Where an agent listens, of the places that the command line can name.

use std::os::unix::net::UnixListener;
use std::path::PathBuf;

use sshtpm_client::socket::FILE;

use super::address::SocketPath;
use super::own_directory::OwnDirectory;
use super::socket::{self, SocketFile};
use crate::error::AgentError;

/// Where an agent listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// At this path.
    Named(PathBuf),
    /// At the socket with this name in the usual directory.
    OfName(String),
    /// At the usual socket. If an agent already listens there, or the usual directory is not known,
    /// at a private socket: a second `eval $(sshtpm-agent -s)` gets an agent of its own.
    Usual,
    /// At a private socket.
    Private,
    /// At a private socket in `TMPDIR`.
    Temporary,
}

impl Place {
    /// Listens there.
    ///
    /// # Errors
    ///
    /// An agent already listens there, another file is there, or the directory cannot be made or
    /// written.
    pub(crate) fn bind(&self) -> Result<(UnixListener, SocketFile), AgentError> {
        match self {
            Self::Named(path) => socket::bind(&SocketPath::named(path)?),
            Self::OfName(name) => socket::bind(&SocketPath::usual(name)?),
            Self::Usual => match SocketPath::usual(FILE).and_then(|path| socket::bind(&path)) {
                Err(AgentError::AlreadyServed(_) | AgentError::NoRuntimeDirectory) => {
                    bind_inside(SocketPath::private()?)
                }
                bound => bound,
            },
            Self::Private => bind_inside(SocketPath::private()?),
            Self::Temporary => bind_inside(SocketPath::in_temporary()?),
        }
    }

    /// The path, for the places that have one before an agent listens.
    ///
    /// # Errors
    ///
    /// The path is too long, or the usual directory is not known.
    pub(crate) fn path(&self) -> Result<Option<SocketPath>, AgentError> {
        match self {
            Self::Named(path) => SocketPath::named(path).map(Some),
            Self::OfName(name) => SocketPath::usual_name(name).map(Some),
            Self::Usual => SocketPath::usual_name(FILE).map(Some),
            Self::Private | Self::Temporary => Ok(None),
        }
    }
}

/// Listens at `path`, in a directory that was made for it.
fn bind_inside(
    (path, directory): (SocketPath, OwnDirectory),
) -> Result<(UnixListener, SocketFile), AgentError> {
    let (listener, file) = socket::bind(&path)?;
    Ok((listener, file.inside(directory)))
}
