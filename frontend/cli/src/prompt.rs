//! Questions to the person at the terminal.

use std::io::{IsTerminal, Read, Write};

use super::error::Failure;
use sshtpm_ssh::text::printable_lines;

/// Longest answer that is read, in bytes: the name of a file (`PATH_MAX` of Linux), and a line
/// feed.
const MAX_ANSWER_BYTES: u64 = 4097;

/// Whether a person can be asked: answers come from stdin, questions go to stderr.
pub(crate) fn can_ask() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks `question`, to which ` (y/n)? ` is appended, and returns whether the answer was yes. The
/// end of the input means no, as with ssh-keygen.
///
/// # Errors
///
/// The terminal cannot be written to or read.
pub(crate) async fn confirm(question: &str) -> Result<bool, Failure> {
    answer(format!("{} (y/n)? ", printable_lines(question)), is_yes).await
}

/// Asks `question`, to which `: ` is appended, and returns the line that was typed without spaces
/// around it; `None` if that is empty, or the input has ended.
///
/// # Errors
///
/// As [`confirm`].
pub(crate) async fn line(question: &str) -> Result<Option<String>, Failure> {
    let question = format!("{}: ", printable_lines(question));
    let answer = answer(question, |answer| answer.trim().to_owned()).await?;
    Ok(Some(answer).filter(|answer| !answer.is_empty()))
}

/// On a thread of its own, so that a signal is heard before the answer.
async fn answer<T: Send + 'static>(
    question: String,
    understood: fn(&str) -> T,
) -> Result<T, Failure> {
    let ask = move || ask(&question).map(|answer| understood(&answer));
    tokio::task::spawn_blocking(ask)
        .await
        .map_err(std::io::Error::other)
        .flatten()
        .map_err(|error| Failure::new("cannot ask at the terminal", error))
}

fn ask(question: &str) -> std::io::Result<String> {
    let mut stderr = std::io::stderr();
    write!(stderr, "{question}")?;
    stderr.flush()?;
    let mut answer = String::new();
    let mut input = std::io::stdin().lock().take(MAX_ANSWER_BYTES);
    std::io::BufRead::read_line(&mut input, &mut answer)?;
    Ok(answer)
}

fn is_yes(answer: &str) -> bool {
    matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

#[cfg(test)]
mod tests {
    use super::is_yes;

    #[test]
    fn only_a_clear_yes_is_a_yes() {
        assert!(is_yes("y\n") && is_yes("Y") && is_yes("yes\n") && is_yes(" YES "));
        assert!(!is_yes("") && !is_yes("\n") && !is_yes("n\n") && !is_yes("yellow\n"));
    }
}
