//! A line of the user's start files that starts or names another agent: turned into one that does
//! nothing, and back.
//!
//! The line becomes `:`, the command that does nothing, with the line as a comment. A bare comment
//! could leave an `if` without a command, and the file without effect. The shell reads the file
//! once more before it is written.
//!
//! May touch: the start file, by way of [`UserFile`], and a copy of it as it was.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::atomic_file::{self, Existing};
use crate::error::Failure;
use crate::probe::login_shell::Login;
use crate::probe::program;
use crate::probe::start_files::Line;
use crate::setup::user_file::UserFile;

/// What stands before a line that is turned off. The name of this program keeps
/// [`crate::probe::start_files`] from taking it for a line of another agent.
pub(in crate::setup) const OFF: &str = ": # Turned off by `sshtpm setup`: ";

/// How the copy is called, after the name of the file.
const COPY: &str = ".before-sshtpm";

/// Most names that are tried for the copy.
const MAX_COPIES: usize = 16;

/// How long a shell may take to read a file.
const MAX_READING: Duration = Duration::from_secs(5);

/// The file of PAM, which no shell reads: pam_env(8).
const OF_PAM: &str = ".pam_environment";

/// A line that can be turned off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::setup) struct LineOff {
    /// The file.
    pub(super) path: PathBuf,
    /// The number of the line.
    pub(super) number: usize,
    /// What it says.
    pub(super) text: String,
}

impl LineOff {
    /// The line, if it is one of the user's own file, stands for itself, and a shell can read the
    /// file without it.
    pub(super) fn of(line: &Line) -> Option<Self> {
        let login = Login::of_user()?;
        let is_own = line.path.starts_with(&login.home) && !line.path.ends_with(OF_PAM);
        let file = is_own
            .then(|| UserFile::look(&line.path))
            .and_then(Result::ok)?;
        let text = String::from_utf8(file.content().to_vec()).ok()?;
        let found = Self::in_text(&line.path, line.number, &text)?;
        let shells = [login.shell, PathBuf::from("/bin/sh")];
        let shell = shells.iter().find(|shell| reads(shell, &text))?;
        reads(shell, &found.without(&text)).then_some(found)
    }

    fn in_text(path: &Path, number: usize, text: &str) -> Option<Self> {
        let index = number.checked_sub(1)?;
        let line = text.lines().nth(index)?;
        let before = index
            .checked_sub(1)
            .and_then(|index| text.lines().nth(index));
        let goes_on = |line: &str| line.ends_with('\\');
        let is_part = goes_on(line) || before.is_some_and(goes_on);
        (!is_part).then(|| Self {
            path: path.to_owned(),
            number,
            text: line.to_owned(),
        })
    }

    /// The text of the file with the line turned off.
    fn without(&self, text: &str) -> String {
        let lines = text.split_inclusive('\n').zip(1..);
        let lines = lines.map(|(line, number)| match number == self.number {
            true => {
                let (blanks, words) = indented(line);
                format!("{blanks}{OFF}{words}")
            }
            false => line.to_owned(),
        });
        lines.collect()
    }

    /// Turns it off; gives the copy of the file as it was.
    ///
    /// # Errors
    ///
    /// The file was changed since, or cannot be written.
    pub(super) fn turn_off(&self) -> Result<PathBuf, Failure> {
        let file = UserFile::look(&self.path)?;
        let text = String::from_utf8_lossy(file.content()).into_owned();
        if Self::in_text(&self.path, self.number, &text).as_ref() != Some(self) {
            let what = format!(
                "cannot turn off line {} of {}",
                self.number,
                self.path.display()
            );
            return Err(Failure::new(what, "another program is changing the file"));
        }
        let copy = copied(file.path(), file.content())?;
        match file.rewrite(self.without(&text).into_bytes()) {
            Ok(written) => {
                written.keep();
                Ok(copy)
            }
            Err(failure) => {
                let _ = fs::remove_file(&copy);
                Err(failure)
            }
        }
    }
}

/// The content with all lines turned on again, and those lines.
pub(in crate::setup) fn restored(content: &[u8]) -> (Vec<u8>, Vec<String>) {
    let mut lines = Vec::new();
    let mut restored = Vec::new();
    for line in content.split_inclusive(|byte| *byte == b'\n') {
        let text = std::str::from_utf8(line).unwrap_or_default();
        let (blanks, words) = indented(text);
        match words.strip_prefix(OFF) {
            Some(words) => {
                restored.extend_from_slice(format!("{blanks}{words}").as_bytes());
                lines.push(words.trim_end().to_owned());
            }
            None => restored.extend_from_slice(line),
        }
    }
    (restored, lines)
}

/// Copies of the file at `path`, under each name that setup gives them.
pub(in crate::setup) fn copies(path: &Path) -> impl Iterator<Item = PathBuf> {
    (1..=MAX_COPIES).map(move |number| {
        let mut name = path.as_os_str().to_owned();
        name.push(COPY);
        if number > 1 {
            name.push(format!("-{number}"));
        }
        PathBuf::from(name)
    })
}

fn copied(path: &Path, content: &[u8]) -> Result<PathBuf, Failure> {
    let mut free = copies(path).filter(|copy| copy.symlink_metadata().is_err());
    let copy = free.next().ok_or_else(|| {
        let what = format!("cannot make a copy of {}", path.display());
        Failure::new(what, format!("there are {MAX_COPIES} already"))
    })?;
    let mode = 0o600;
    let written = atomic_file::write(&copy, content, mode, Existing::Keep);
    written.map_err(|error| Failure::new(format!("cannot write {}", copy.display()), error))?;
    Ok(copy)
}

fn indented(line: &str) -> (&str, &str) {
    let words = line.trim_start_matches([' ', '\t']);
    line.split_at(line.len() - words.len())
}

/// Whether the shell finds no mistake in `text`, which it does not carry out.
fn reads(shell: &Path, text: &str) -> bool {
    let read = || {
        let mut file = tempfile::NamedTempFile::new().ok()?;
        file.write_all(text.as_bytes()).ok()?;
        let mut command = Command::new(shell);
        command.arg("-n").arg(file.path());
        let ended = program::run_unbroken(command, MAX_READING).ok()?;
        Some(ended.status.success())
    };
    read().unwrap_or(false)
}

#[cfg(test)]
#[path = "line_off_tests.rs"]
mod tests;
