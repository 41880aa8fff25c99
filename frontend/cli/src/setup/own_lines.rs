//! Lines that setup added to a file of the user's, as they are found there again.
//!
//! Purpose: undo takes away what is as setup wrote it, and names what the user changed since. Each
//! block begins with a comment; what has to follow it depends on the file.
//!
//! The heading of such a block, such as `Host *`, stays if the user added lines below it. Without
//! it, they would belong to the part above.

use super::{drop_in, environment, login_shell, ssh_config};

/// How each block begins.
pub(super) const MARK: &str = "# Added by `sshtpm setup`";

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `~/.ssh/config`
    SshConfig,
    /// A file in environment.d.
    Environment,
    /// A drop-in of systemd's.
    DropIn,
    /// A start file of a login shell.
    StartFile,
}

/// A file without the lines.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Without {
    /// What remains.
    pub(super) content: Vec<u8>,
    /// What was taken away.
    pub(super) lines: Vec<String>,
    /// The numbers of the lines at which blocks begin that are not as setup wrote them.
    pub(super) changed: Vec<usize>,
}

impl Kind {
    /// How many of `lines`, which begin with the mark, setup wrote; `None` if they were changed.
    fn count(self, lines: &[&str]) -> Option<usize> {
        match self {
            Self::SshConfig => ssh_config::own_lines(lines),
            Self::Environment => environment::own_lines(lines),
            Self::DropIn => drop_in::own_lines(lines),
            Self::StartFile => login_shell::own_lines(lines),
        }
    }

    /// Whether the line begins a part of the file, to which the lines below it belong.
    fn is_heading(self, line: &str) -> bool {
        let word = line.split_whitespace().next().unwrap_or_default();
        match self {
            Self::SshConfig => ["host", "match"].contains(&word.to_ascii_lowercase().as_str()),
            Self::DropIn => word.starts_with('['),
            Self::Environment | Self::StartFile => false,
        }
    }

    /// Takes the lines out of `content`, with the empty line that separates them.
    pub(super) fn without(self, content: &[u8]) -> Without {
        let lines: Vec<&[u8]> = content.split_inclusive(|byte| *byte == b'\n').collect();
        let texts: Vec<String> = lines.iter().map(|line| text(line)).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let mut found = Without::default();
        let mut index = 0;
        while let (Some(line), Some(rest)) = (lines.get(index), texts.get(index..)) {
            let is_mark = rest.first().is_some_and(|text| text.starts_with(MARK));
            match is_mark.then(|| self.count(rest)) {
                Some(Some(count)) => {
                    self.take(&mut found, rest, count);
                    index += count.max(1);
                    continue;
                }
                Some(None) => found.changed.push(index + 1),
                None => {}
            }
            found.content.extend_from_slice(line);
            index += 1;
        }
        found
    }

    fn take(self, found: &mut Without, rest: &[&str], count: usize) {
        let (own, below) = rest.split_at_checked(count).unwrap_or((rest, &[]));
        let heading = own.iter().rposition(|line| self.is_heading(line));
        let heading = heading.filter(|_| self.goes_on(below));
        if heading.is_none() {
            remove_separator(&mut found.content);
        }
        for (index, line) in own.iter().enumerate() {
            match heading == Some(index) {
                true => found
                    .content
                    .extend_from_slice(format!("{line}\n").as_bytes()),
                false => found.lines.push((*line).to_owned()),
            }
        }
    }

    /// Whether the part in which our lines are has more lines, of the user's.
    fn goes_on(self, below: &[&str]) -> bool {
        let mut words = below.iter().map(|line| line.trim());
        let first = words.find(|line| !line.is_empty() && !line.starts_with('#'));
        first.is_some_and(|line| !self.is_heading(line))
    }
}

fn text(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    text.strip_suffix('\n').unwrap_or(&text).to_owned()
}

/// Setup puts an empty line before its own, unless they are the first.
fn remove_separator(content: &mut Vec<u8>) {
    if content.ends_with(b"\n\n") || content == b"\n" {
        content.pop();
    }
}

#[cfg(test)]
#[path = "own_lines_tests.rs"]
mod tests;
