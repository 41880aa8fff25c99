//! How much a load does at a time, and for how long.

use std::io::{self, Write as _};
use std::time::Duration;

/// What dbus-daemon grants a user is 256 connections (`max_connections_per_user`); with 64, others
/// of the same user's programs are still served, so a user who means no harm can have them.
pub const CONNECTIONS: usize = 64;

/// A load ends after that by itself.
pub const LONGEST: Duration = Duration::from_secs(60);

/// Says that something was done.
pub(super) fn done() {
    // A test that ended no longer reads it.
    let _ = io::stdout().lock().write_all(b"done\n");
}

/// Runs `one` on each of so many threads, and ends with the first that fails.
pub(super) fn on_threads(
    count: usize,
    one: impl Fn(usize) -> io::Result<()> + Send + Sync,
) -> io::Result<()> {
    std::thread::scope(|scope| {
        let one = &one;
        let threads: Vec<_> = (0..count)
            .map(|number| scope.spawn(move || one(number)))
            .collect();
        let ended = threads.into_iter().map(|thread| match thread.join() {
            Ok(ended) => ended,
            Err(_) => Err(io::Error::other("a thread of the load panicked")),
        });
        ended.collect()
    })
}
