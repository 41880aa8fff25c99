//! Agents that are not ours, behind ours.

use std::os::unix::net::UnixStream;

use crate::daemon::Daemon;
use crate::user::User;
use crate::wait;

/// Starts OpenSSH's agent as `user` at `socket`, and waits until it listens.
///
/// # Panics
///
/// It does not come up.
pub fn open_ssh(user: User<'_>, socket: &str) -> Daemon {
    start(user, "ssh-agent -D -a", socket)
}

/// Starts `odd-agent` as `user` at `socket`, and waits until it listens; `way` is how it is odd.
///
/// # Panics
///
/// It does not come up.
pub fn odd(user: User<'_>, socket: &str, way: &str) -> Daemon {
    start(user, "odd-agent", &format!("{socket} {way}"))
}

fn start(user: User<'_>, program: &str, arguments: &str) -> Daemon {
    let daemon = user.command(&format!("{program} {arguments}")).daemon();
    let socket = arguments.split(' ').next().unwrap_or_default();
    wait::until(program, wait::START, || {
        user.machine().enter(|| UnixStream::connect(socket)).ok()
    });
    daemon
}
