//! Takes the listening socket that systemd hands over.
//!
//! Specs: sd_listen_fds(3).

use std::os::unix::net::UnixListener;

use listenfd::ListenFd;
use nix::sys::socket::{getsockopt, sockopt};

use crate::error::AgentError;

/// The variables by which systemd hands sockets over. A command that the agent runs must not get
/// them.
pub(crate) const VARIABLES: [&str; 3] = ["LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"];

/// Most connections that are closed at a time: as many as can wait (`net.core.somaxconn`).
const MAX_WAITING: usize = 4096;

/// The socket that systemd handed over, if any. Must be called once, while the process has one
/// thread.
///
/// # Errors
///
/// systemd handed over several sockets, or one that is not a listening Unix socket.
pub(crate) fn listener() -> Result<Option<UnixListener>, AgentError> {
    // Without LISTEN_PID the variables may be meant for another process. listenfd does not check
    // that.
    if std::env::var_os("LISTEN_PID").is_none() {
        return Ok(None);
    }
    let mut handed_over = ListenFd::from_env();
    match handed_over.len() {
        0 => return Ok(None),
        1 => {}
        several => return Err(AgentError::Activation(format!("got {several}"))),
    }
    let taken = handed_over.take_unix_listener(0);
    let listener = taken.map_err(|error| AgentError::Activation(error.to_string()))?;
    match &listener {
        Some(socket) if !getsockopt(socket, sockopt::AcceptConn).unwrap_or(false) => Err(
            AgentError::Activation("the socket does not listen".to_owned()),
        ),
        _ => Ok(listener),
    }
}

/// Closes the connections that wait at `listener`. systemd would otherwise start the agent again
/// for them, at once and without end.
pub(crate) fn close_waiting(listener: &UnixListener) {
    if listener.set_nonblocking(true).is_err() {
        return;
    }
    for connection in listener.incoming().take(MAX_WAITING) {
        if connection.is_err() {
            return;
        }
    }
}
