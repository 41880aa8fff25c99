//! The name of an agent that has a socket of its own.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

/// Longest name, in bytes. It is a part of the path of a socket.
const MAX_NAME_BYTES: usize = 32;

/// Names of sockets that are already there: `agent.sock`, `askpass.sock`, `dialler.sock` and
/// `ssh-agent.sock`.
const TAKEN: [&str; 4] = ["agent", "askpass", "dialler", "ssh-agent"];

/// 1 to 32 ASCII letters, digits, `-` and `_`, of which the first is a letter or a digit. The
/// socket is `$XDG_RUNTIME_DIR/sshtpm/NAME.sock`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct AgentName(String);

/// Why a text is not the name of an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotAName {
    #[error(
        "the name of an agent has 1 to {MAX_NAME_BYTES} letters, digits, - and _, and begins with \
         a letter or a digit"
    )]
    Form,
    #[error("a socket of sshtpm already has this name; choose another one")]
    Taken,
}

impl AgentName {
    /// The name of its socket.
    pub(crate) fn socket(&self) -> String {
        format!("{}.sock", self.0)
    }
}

impl fmt::Display for AgentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for AgentName {
    type Err = NotAName;

    fn from_str(text: &str) -> Result<Self, NotAName> {
        let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let begins = text.starts_with(|c: char| c.is_ascii_alphanumeric());
        if !begins || text.len() > MAX_NAME_BYTES || !text.chars().all(is_of_name) {
            return Err(NotAName::Form);
        }
        if TAKEN.contains(&text) {
            return Err(NotAName::Taken);
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for AgentName {
    type Error = NotAName;

    fn try_from(text: String) -> Result<Self, NotAName> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::{AgentName, NotAName};

    #[test]
    fn a_name_is_a_word() {
        for name in ["work", "a", "2nd", "work-laptop_1", &"x".repeat(32)] {
            assert!(name.parse::<AgentName>().is_ok(), "{name}");
        }
    }

    #[test]
    fn a_name_that_would_be_a_path_or_an_option_is_refused() {
        let long = "x".repeat(33);
        for name in [
            "", "-x", "_x", ".", "a.b", "../x", "a/b", "a b", "\u{e9}", &long,
        ] {
            assert_eq!(name.parse::<AgentName>(), Err(NotAName::Form), "{name}");
        }
    }

    #[test]
    fn the_name_of_a_socket_of_sshtpm_is_refused() {
        for name in ["agent", "askpass", "dialler", "ssh-agent"] {
            assert_eq!(name.parse::<AgentName>(), Err(NotAName::Taken), "{name}");
        }
    }
}
