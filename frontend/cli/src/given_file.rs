//! Files that the caller names, read whole within a bound.
//!
//! May touch: the files that it is given, and the standard input.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::error::Failure;

/// Stands for the standard input.
const STANDARD_INPUT: &str = "-";

/// What is in `path`, up to `at_most` bytes and one, so that a reader sees that it is longer.
///
/// # Errors
///
/// It cannot be read.
pub(crate) fn read(path: &Path, at_most: usize) -> Result<Vec<u8>, Failure> {
    let bytes = match path.to_str() {
        Some(STANDARD_INPUT) => bounded(io::stdin().lock(), at_most),
        _ => File::open(path).and_then(|file| bounded(file, at_most)),
    };
    bytes.map_err(|error| Failure::new(format!("cannot read {}", path.display()), error))
}

fn bounded(source: impl Read, at_most: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let at_most = u64::try_from(at_most).unwrap_or(u64::MAX);
    source
        .take(at_most.saturating_add(1))
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::bounded;

    #[test]
    fn no_more_is_read_than_shows_that_it_is_too_long() {
        for (length, read) in [(3, 3), (4, 4), (5, 5), (9, 5)] {
            let bytes = bounded(&vec![7; length][..], 4).unwrap();
            assert_eq!(bytes.len(), read);
        }
    }
}
