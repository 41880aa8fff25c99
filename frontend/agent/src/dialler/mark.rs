//! A mark of what `agent.toml` says of an agent behind.
//!
//! An agent reads the file once, and the dialler at each order. If the user changes the file in
//! between, a number may mean another agent, and a private key that `ssh-add` adds would go there.

use std::fmt;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::str::FromStr;

/// The mark of a path as it is written. It guards against a change of the file and not against an
/// attacker: a program that knows the file can say the mark of each agent in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark(u64);

/// Digits of a mark.
const DIGITS: usize = 16;

/// The text is no mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotAMark;

impl Mark {
    /// The mark of the path `written`. Another version of this program may make another one.
    pub(super) fn of(written: &str) -> Self {
        Self(BuildHasherDefault::<DefaultHasher>::default().hash_one(written))
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:0DIGITS$x}", self.0)
    }
}

impl FromStr for Mark {
    type Err = NotAMark;

    fn from_str(text: &str) -> Result<Self, NotAMark> {
        let is_hex = text.len() == DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = u64::from_str_radix(text, 16).ok().filter(|_| is_hex);
        number.map(Self).ok_or(NotAMark)
    }
}

#[cfg(test)]
mod tests {
    use super::{Mark, NotAMark};

    #[test]
    fn a_mark_is_read_as_it_is_written_and_tells_paths_apart() {
        let mark = Mark::of("%t/agent.sock");
        assert_eq!(mark.to_string().parse(), Ok(mark));
        assert_ne!(mark, Mark::of("%t/other.sock"));
        for text in ["", "0", "+000000000000000", "00000000000000000"] {
            assert_eq!(text.parse::<Mark>(), Err(NotAMark), "{text}");
        }
    }
}
