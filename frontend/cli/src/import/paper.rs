//! A key on paper: its lines, typed at the terminal or in a file.
//!
//! May touch: the terminal.

use std::io::Write as _;

use sshtpm_backup::Lines;
use sshtpm_key_file::OpenSshKey;
use zeroize::Zeroizing;

use super::source::Source;
use crate::ask_pin::stdin_line;
use crate::error::Failure;
use crate::output::{advise, warn};
use crate::prompt;

/// Longest line that is typed, in bytes: several times a line on paper.
const MAX_LINE_BYTES: usize = 256;

/// How often a line may be typed; a person who is wrong more often should look at the paper first.
const MAX_TRIES: usize = 10;

/// The lines, as a key file.
///
/// # Errors
///
/// There are none, or one is wrong or missing.
pub(super) async fn read(source: &Source) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let contents = match source.is_typed() && prompt::can_ask() {
        true => typed(source).await?,
        false => {
            let text = source.read().await?;
            let text = std::str::from_utf8(&text).map_err(|error| wrong(source, error))?;
            sshtpm_backup::read(text).map_err(|error| wrong(source, error))?
        }
    };
    let file = OpenSshKey::of_bytes(contents).file();
    Ok(Zeroizing::new(file.as_bytes().to_vec()))
}

/// Has a person type one line after the other, and the same again if it is wrong.
async fn typed(source: &Source) -> Result<Zeroizing<Vec<u8>>, Failure> {
    advise("Type the lines of the key, with or without their numbers; nothing ends it early.");
    let mut lines = Lines::new();
    let mut tries = MAX_TRIES;
    while let Some(number) = lines.next() {
        // If stderr is closed, there is no person to ask.
        let _ = write!(std::io::stderr(), "Line {number}: ");
        let line = stdin_line(MAX_LINE_BYTES).await;
        let line = line.map_err(|error| wrong(source, error))?;
        if line.is_empty() {
            break;
        }
        let added = match std::str::from_utf8(&line) {
            Ok(line) => lines.add(line).map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        match added {
            Ok(()) => tries = MAX_TRIES,
            Err(why) if tries > 1 => {
                tries -= 1;
                warn(&format!("{why}; type the line again"));
            }
            Err(why) => return Err(wrong(source, why)),
        }
    }
    lines.finish().map_err(|error| wrong(source, error))
}

fn wrong(source: &Source, why: impl std::fmt::Display) -> Failure {
    Failure::new(source.cannot(), why).and_next(
        "Compare the line with the paper. Capitals and small letters are the same; O, I and B are \
         letters, and 2 to 7 the only digits.",
    )
}
