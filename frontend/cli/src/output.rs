//! What goes to stdout, and warnings.

use std::io::{ErrorKind, Write};

use super::error::Failure;
use super::spinner;
use sshtpm_ssh::text::{is_harmful, printable, printable_lines};

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

    /// Whether notices are dropped.
    pub(crate) fn is_quiet(self) -> bool {
        self.quiet
    }

    /// Prints lines that tell what was done, made harmless for a terminal. A reader that has closed
    /// the pipe is no reason to leave the rest undone, so that is not an error here.
    ///
    /// # Errors
    ///
    /// The lines cannot be written.
    pub(crate) fn notice(self, lines: &str) -> Result<(), Failure> {
        if self.quiet {
            return Ok(());
        }
        match print(&printable_lines(lines)) {
            Err(Failure::OutputClosed) => Ok(()),
            result => result,
        }
    }

    /// Does `work`, and shows `text` if it takes long. `work` may not print.
    pub(crate) async fn busy<T>(self, text: &'static str, work: impl Future<Output = T>) -> T {
        match self.quiet {
            true => work.await,
            false => spinner::during(text, work).await,
        }
    }
}

/// Prints a warning to stderr, with `--quiet` too.
pub(crate) fn warn(text: &str) {
    // If stderr is closed, there is no place left to print to.
    let _ = writeln!(std::io::stderr(), "sshtpm: warning: {}", printable(text));
}

/// Prints what to do about what was warned of.
pub(crate) fn advise(lines: &str) {
    let _ = writeln!(std::io::stderr(), "{}", printable_lines(lines));
}

/// Prints lines that were asked for.
///
/// # Errors
///
/// [`Failure::OutputClosed`] if the reader has closed the pipe; otherwise the lines cannot be
/// written.
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
    print(&escaped(&json))
}

/// Prints `value` as JSON in one line.
///
/// # Errors
///
/// As [`print()`].
pub(crate) fn print_json_line(value: &impl serde::Serialize) -> Result<(), Failure> {
    let json =
        serde_json::to_string(value).map_err(|error| Failure::new("cannot write JSON", error))?;
    print(&escaped(&json))
}

/// JSON in which no character is harmful to a terminal: between its strings there are none but line
/// feeds, and in a string an escape means the same. Source: RFC 8259 §7.
fn escaped(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    for character in json.chars() {
        if character != '\n' && is_harmful(character) {
            let units = character.encode_utf16(&mut [0; 2]).to_vec();
            safe.extend(units.iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            safe.push(character);
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn json_means_the_same_and_has_nothing_that_a_terminal_obeys() {
        let text = "a\u{1b}[2J\u{9b}1m\u{202e}b\u{e0041}\n\u{1f511}";
        let json = serde_json::to_string_pretty(&[text]).unwrap();
        let safe = escaped(&json);
        assert!(safe.contains("\\u202eb\\udb40\\udc41"), "{safe}");
        assert!(safe.contains('\u{1f511}'), "{safe}");
        let back: Vec<String> = serde_json::from_str(&safe).unwrap();
        assert_eq!(back, [text]);
    }
}
