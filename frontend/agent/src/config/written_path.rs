//! The path of an agent's socket, as a user writes it.
//!
//! Parsed first and expanded later, so that a mistake is found where it is written. A name that the
//! environment does not have is found where the path is needed.
//!
//! Specs: systemd.unit(5), "Specifiers"; ssh_config(5), "TOKENS" and "ENVIRONMENT VARIABLES".

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::str::{Chars, FromStr};

use serde::Deserialize;

use super::surroundings::Surroundings;

/// Longest path as it is written, in bytes: several times what a socket can have.
const MAX_WRITTEN_BYTES: usize = 512;

/// Longest path of a socket, in bytes: `sun_path` has 108, with one for the final NUL (unix(7)).
const MAX_PATH_BYTES: usize = 107;

/// A path with parts that depend on the user and the environment.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct WrittenPath {
    written: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    /// `%i`: the number of the user.
    Uid,
    /// `$NAME`, `${NAME}`, and what is another way to write one of them: `~`, `%h`, `%t`, `%u`.
    Variable(String),
}

/// Why a text is not a path of a socket.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotAPath {
    #[error("a path has at most {MAX_WRITTEN_BYTES} bytes")]
    TooLong,
    #[error("%{} has no meaning in a path; write %t, %h, %i, %u or %%", .0.escape_default())]
    Specifier(char),
    #[error("% at the end of a path has no meaning; write %% for the character")]
    Percent,
    #[error("$ is followed by the name of a variable, as in $HOME or ${{HOME}}")]
    Dollar,
    #[error("a path begins with /, ~/, %t, %h or a variable")]
    Relative,
    #[error("~ stands for your home directory and is followed by /")]
    Tilde,
}

/// Why a written path is not a path now.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotExpanded {
    #[error("{written} needs the variable {variable}, which is not set")]
    Unset { written: String, variable: String },
    #[error("{0} does not expand to an absolute path")]
    Relative(String),
    #[error("{0} expands to more than {MAX_PATH_BYTES} bytes, which a socket cannot have")]
    TooLong(String),
}

impl WrittenPath {
    /// The text as the user wrote it.
    pub(crate) fn as_str(&self) -> &str {
        &self.written
    }

    /// The path, absolute and of at most 107 bytes.
    ///
    /// # Errors
    ///
    /// A variable is not set, or the result cannot be the path of a socket.
    pub(crate) fn expand(&self, surroundings: Surroundings) -> Result<PathBuf, NotExpanded> {
        let mut path = OsString::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => path.push(text),
                Part::Uid => path.push(surroundings.uid().to_string()),
                Part::Variable(name) => path.push(self.variable(name, surroundings)?),
            }
        }
        let path = PathBuf::from(path);
        if !path.is_absolute() {
            return Err(NotExpanded::Relative(self.written.clone()));
        }
        if path.as_os_str().len() > MAX_PATH_BYTES {
            return Err(NotExpanded::TooLong(self.written.clone()));
        }
        Ok(path)
    }

    fn variable(&self, name: &str, surroundings: Surroundings) -> Result<OsString, NotExpanded> {
        let value = surroundings.variable(name);
        value
            .filter(|value| value != OsStr::new(""))
            .ok_or_else(|| NotExpanded::Unset {
                written: self.written.clone(),
                variable: name.to_owned(),
            })
    }
}

impl FromStr for WrittenPath {
    type Err = NotAPath;

    fn from_str(written: &str) -> Result<Self, NotAPath> {
        if written.len() > MAX_WRITTEN_BYTES {
            return Err(NotAPath::TooLong);
        }
        let mut parts = Vec::new();
        let mut rest = written.chars();
        if let Some(after) = written.strip_prefix('~') {
            if !after.starts_with('/') {
                return Err(NotAPath::Tilde);
            }
            parts.push(variable("HOME"));
            rest = after.chars();
        }
        while let Some(next) = rest.next() {
            match next {
                '%' => parts.push(specifier(rest.next().ok_or(NotAPath::Percent)?)?),
                '$' => parts.push(Part::Variable(name(&mut rest)?)),
                plain => push_plain(&mut parts, plain),
            }
        }
        match parts.first() {
            Some(Part::Variable(_)) => {}
            Some(Part::Text(text)) if text.starts_with('/') => {}
            _ => return Err(NotAPath::Relative),
        }
        let written = written.to_owned();
        Ok(Self { written, parts })
    }
}

impl TryFrom<String> for WrittenPath {
    type Error = NotAPath;

    fn try_from(written: String) -> Result<Self, NotAPath> {
        written.parse()
    }
}

fn push_plain(parts: &mut Vec<Part>, plain: char) {
    match parts.last_mut() {
        Some(Part::Text(text)) => text.push(plain),
        _ => parts.push(Part::Text(plain.to_string())),
    }
}

fn specifier(letter: char) -> Result<Part, NotAPath> {
    match letter {
        't' => Ok(variable("XDG_RUNTIME_DIR")),
        'h' => Ok(variable("HOME")),
        'u' => Ok(variable("USER")),
        'i' => Ok(Part::Uid),
        '%' => Ok(Part::Text("%".to_owned())),
        other => Err(NotAPath::Specifier(other)),
    }
}

fn variable(name: &str) -> Part {
    Part::Variable(name.to_owned())
}

/// The name after a `$`, with braces or without them.
fn name(rest: &mut Chars<'_>) -> Result<String, NotAPath> {
    let text = rest.as_str();
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let (name, after) = match text.strip_prefix('{') {
        Some(braced) => braced.split_once('}').ok_or(NotAPath::Dollar)?,
        None => text.split_at(text.find(|c| !is_of_name(c)).unwrap_or(text.len())),
    };
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if !begins || !name.chars().all(is_of_name) {
        return Err(NotAPath::Dollar);
    }
    *rest = after.chars();
    Ok(name.to_owned())
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::path::PathBuf;

    use super::{NotAPath, NotExpanded, WrittenPath};
    use crate::config::surroundings::Surroundings;

    fn variable(name: &str) -> Option<OsString> {
        let value = match name {
            "HOME" => "/home/ann",
            "USER" => "ann",
            "XDG_RUNTIME_DIR" => "/run/user/1000",
            "SOCK_1" => "/tmp/a b",
            "EMPTY" => "",
            "RELATIVE" => "tmp",
            _ => return None,
        };
        Some(value.into())
    }

    fn expanded(written: &str) -> Result<PathBuf, NotExpanded> {
        let parsed: WrittenPath = written.parse().unwrap();
        assert_eq!(parsed.as_str(), written);
        parsed.expand(Surroundings::new(1000, variable))
    }

    #[test]
    fn each_way_to_write_a_path_is_expanded() {
        for (written, path) in [
            ("/tmp/x", "/tmp/x"),
            ("~/.1password/agent.sock", "/home/ann/.1password/agent.sock"),
            ("%t/keyring/ssh", "/run/user/1000/keyring/ssh"),
            ("%h/x/%i/%u/%%", "/home/ann/x/1000/ann/%"),
            ("$SOCK_1", "/tmp/a b"),
            ("${SOCK_1}x", "/tmp/a bx"),
            ("/a~b", "/a~b"),
            ("/\u{e9}", "/\u{e9}"),
        ] {
            assert_eq!(expanded(written), Ok(PathBuf::from(path)), "{written}");
        }
    }

    #[test]
    fn a_text_that_cannot_become_a_path_is_refused() {
        for (written, why) in [
            ("", NotAPath::Relative),
            ("agent.sock", NotAPath::Relative),
            ("%i/agent.sock", NotAPath::Relative),
            ("%%/x", NotAPath::Relative),
            ("~", NotAPath::Tilde),
            ("~bob/agent.sock", NotAPath::Tilde),
            ("/%d", NotAPath::Specifier('d')),
            ("/%", NotAPath::Percent),
            ("/$", NotAPath::Dollar),
            ("/$1", NotAPath::Dollar),
            ("/${HOME", NotAPath::Dollar),
            ("/${}", NotAPath::Dollar),
            ("/${A B}", NotAPath::Dollar),
        ] {
            assert_eq!(written.parse::<WrittenPath>(), Err(why), "{written}");
        }
        let long = format!("/{}", "x".repeat(512));
        assert_eq!(long.parse::<WrittenPath>(), Err(NotAPath::TooLong));
    }

    #[test]
    fn a_variable_that_is_not_set_or_empty_is_named() {
        for (written, name) in [("$NONE/x", "NONE"), ("${EMPTY}/x", "EMPTY")] {
            let unset = NotExpanded::Unset {
                written: written.to_owned(),
                variable: name.to_owned(),
            };
            assert_eq!(expanded(written), Err(unset));
        }
    }

    #[test]
    fn a_path_that_no_socket_can_have_is_refused() {
        let relative = Err(NotExpanded::Relative("$RELATIVE/x".to_owned()));
        assert_eq!(expanded("$RELATIVE/x"), relative);
        let long = format!("/{}", "x".repeat(107));
        assert_eq!(expanded(&long), Err(NotExpanded::TooLong(long.clone())));
    }
}
