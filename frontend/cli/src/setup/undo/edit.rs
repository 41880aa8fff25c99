//! A file of the user's that loses lines of setup's, or gets lines back that setup turned off.
//!
//! Two such changes can concern one file, so each reads the file when it is made.
//!
//! May touch: that file, by way of [`UserFile`], and copies of it that setup made.

use std::fs;
use std::path::{Path, PathBuf};

use crate::atomic_file::directory_of;
use crate::error::Failure;
use crate::setup::in_the_way::{copies, restored};
use crate::setup::own_lines::Kind;
use crate::setup::record::SignersLine;
use crate::setup::user_file::UserFile;

/// What becomes of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// It loses the blocks that setup added.
    Blocks(Kind),
    /// It loses one line.
    Line(SignersLine),
    /// It gets lines back.
    TurnedOn,
}

/// A change of one file.
#[derive(Debug)]
pub(super) struct Edit {
    /// The file as the user knows it.
    name: PathBuf,
    change: Change,
    /// The lines that it is about.
    lines: Vec<String>,
}

/// A file as it would be.
struct Changed {
    content: Vec<u8>,
    lines: Vec<String>,
}

impl Edit {
    /// The change of `file`, which the user knows by this name, if there is anything to do.
    pub(super) fn of(name: &Path, file: &UserFile, change: Change) -> Option<Self> {
        let lines = change.of(file.content()).lines;
        (!lines.is_empty()).then(|| Self {
            name: name.to_owned(),
            change,
            lines,
        })
    }

    /// The file and the lines.
    pub(super) fn shown(&self) -> String {
        let verb = match self.change {
            Change::Blocks(_) | Change::Line(_) => "remove from",
            Change::TurnedOn => "turn on again in",
        };
        let lines = self.lines.iter().map(|line| format!("\n        {line}"));
        format!(
            "{verb} {}:{}",
            self.name.display(),
            lines.collect::<String>()
        )
    }

    /// Whether sessions have a variable by the lines.
    pub(super) fn is_of_session(&self) -> bool {
        matches!(self.change, Change::Blocks(kind) if kind != Kind::SshConfig)
    }

    /// What was noted of it.
    pub(super) fn noted(&self) -> Option<&SignersLine> {
        match &self.change {
            Change::Line(noted) => Some(noted),
            Change::Blocks(_) | Change::TurnedOn => None,
        }
    }

    /// Makes it. A file that has nothing else in it goes, unless the user has a link there.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub(super) fn make(&self) -> Result<(), Failure> {
        let file = UserFile::look(&self.name)?;
        let content = self.change.of(file.content()).content;
        let copies: Vec<PathBuf> = match self.change {
            Change::TurnedOn => copies(file.path()).collect(),
            Change::Blocks(_) | Change::Line(_) => Vec::new(),
        };
        let is_link = self.name.symlink_metadata().is_ok_and(|it| it.is_symlink());
        match content.is_empty() && !is_link {
            true => file.remove()?,
            false => file.rewrite(content.clone())?.keep(),
        }
        if self.change == Change::Blocks(Kind::DropIn) {
            // Of this unit's own drop-ins; it stays if there are others in it.
            let _ = fs::remove_dir(directory_of(&self.name));
        }
        // What is as the file is now is no longer needed.
        let is_the_same = |copy: &&PathBuf| fs::read(copy).is_ok_and(|bytes| bytes == content);
        for copy in copies.iter().filter(is_the_same) {
            let _ = fs::remove_file(copy);
        }
        Ok(())
    }
}

impl Change {
    fn of(&self, content: &[u8]) -> Changed {
        match self {
            Self::Blocks(kind) => {
                let without = kind.without(content);
                Changed {
                    content: without.content,
                    lines: without.lines,
                }
            }
            Self::Line(noted) => without_line(content, &noted.line),
            Self::TurnedOn => {
                let (content, lines) = restored(content);
                Changed { content, lines }
            }
        }
    }
}

/// Without the line, and without the empty line that setup put before it.
fn without_line(content: &[u8], line: &str) -> Changed {
    let mut changed = Changed {
        content: Vec::new(),
        lines: Vec::new(),
    };
    for one in content.split_inclusive(|byte| *byte == b'\n') {
        if one.trim_ascii_end() != line.as_bytes() {
            changed.content.extend_from_slice(one);
            continue;
        }
        changed.lines.push(line.to_owned());
        if changed.content.ends_with(b"\n\n") {
            changed.content.pop();
        }
    }
    changed
}
