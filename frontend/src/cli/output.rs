//! What goes to stdout, and warnings.

use std::io::{ErrorKind, Write};

use super::error::Failure;
use super::printable::printable;

/// Where a command tells what it has done.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    quiet: bool,
}

impl Output {
    /// With `quiet`, notices are dropped.
    pub(crate) fn new(quiet: bool) -> Self {
        Self { quiet }
    }

    /// Prints a line that tells what was done. A reader who went away is no reason to leave the
    /// rest undone, so that is not an error here.
    ///
    /// # Errors
    ///
    /// The line cannot be written.
    pub(crate) fn notice(self, line: &str) -> Result<(), Failure> {
        if self.quiet {
            return Ok(());
        }
        match print(line) {
            Err(Failure::OutputClosed) => Ok(()),
            result => result,
        }
    }
}

/// Prints a warning to stderr, with `--quiet` too.
pub(crate) fn warn(text: &str) {
    // Where stderr is closed there is nobody left to tell.
    let _ = writeln!(std::io::stderr(), "sshtpm: warning: {}", printable(text));
}

/// Prints lines that were asked for.
///
/// # Errors
///
/// [`Failure::OutputClosed`] if nobody reads any more; otherwise the lines cannot be written.
pub(crate) fn print(lines: &str) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    let written = writeln!(stdout, "{lines}").and_then(|()| stdout.flush());
    written.map_err(|error| match error.kind() {
        ErrorKind::BrokenPipe => Failure::OutputClosed,
        _ => Failure::new("cannot write to standard output", error),
    })
}

/// Prints `value` as JSON.
///
/// # Errors
///
/// As [`print()`].
pub(crate) fn print_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let json = serde_json::to_string_pretty(value)
        .map_err(|error| Failure::new("cannot write JSON", error))?;
    print(&json)
}
