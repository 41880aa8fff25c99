//! Lines that setup adds to the end of one file.
//!
//! May touch: what [`UserFile`] may.

use std::path::{Path, PathBuf};

use super::user_file::{UserFile, Written};
use crate::error::Failure;

/// The lines and their file.
#[derive(Debug)]
pub(crate) struct Addition {
    /// The file as the user knows it.
    name: PathBuf,
    /// The same, looked at.
    file: UserFile,
    lines: String,
}

impl Addition {
    /// `lines` for the file that the user knows by this name.
    pub(crate) fn new(name: PathBuf, file: UserFile, lines: String) -> Self {
        Self { name, file, lines }
    }

    /// The file as the user knows it.
    pub(crate) fn name(&self) -> &Path {
        &self.name
    }

    /// The lines, for tests.
    #[cfg(test)]
    pub(crate) fn lines(&self) -> &str {
        &self.lines
    }

    /// The file, where a link leads, and the lines.
    pub(crate) fn shown(&self) -> String {
        let (name, real) = (self.name.display(), self.file.path());
        let place = match self.name == real {
            true => name.to_string(),
            false => format!("{name} (which is {})", real.display()),
        };
        let lines = self.lines.lines().map(|line| format!("\n        {line}"));
        format!("the end of {place}:{}", lines.collect::<String>())
    }

    /// Adds them.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub(crate) fn append(self) -> Result<Written, Failure> {
        let by_hand = format!(
            "Nothing was added. Run it again, or add these lines yourself:\n{}",
            self.lines
        );
        let written = self.file.append(&self.lines);
        written.map_err(|failure| failure.and_next(by_hand))
    }
}

/// How many of `lines` are these, if all are there.
pub(crate) fn exactly(lines: &[&str], wanted: &str) -> Option<usize> {
    let wanted: Vec<&str> = wanted.lines().collect();
    lines.starts_with(&wanted).then_some(wanted.len())
}
