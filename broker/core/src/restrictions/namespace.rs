//! SSHSIG namespaces: what a signature is for (OpenSSH `PROTOCOL.sshsig`, §2).

use thiserror::Error;

use super::name::is_name;
use sshtpm_ssh::limits::MAX_NAME_BYTES;
use sshtpm_ssh::limits::MAX_NAMESPACES;

/// In which namespaces a key may sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Namespaces {
    /// Sorted, each once. None means all.
    named: Vec<String>,
}

/// Why these are no namespaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvalidNamespace {
    #[error("a namespace has 1 to {MAX_NAME_BYTES} bytes and no control characters")]
    Text,
    #[error("at most {MAX_NAMESPACES} namespaces can be named")]
    TooMany,
}

impl Namespaces {
    /// Any namespace.
    pub(crate) fn all() -> Self {
        Self { named: Vec::new() }
    }

    /// These alone; none means all.
    ///
    /// # Errors
    ///
    /// One of them is none, or there are too many.
    pub fn new(names: impl IntoIterator<Item = String>) -> Result<Self, InvalidNamespace> {
        let mut named: Vec<_> = names.into_iter().collect();
        if !named.iter().all(|name| is_name(name)) {
            return Err(InvalidNamespace::Text);
        }
        named.sort_unstable();
        named.dedup();
        if named.len() > MAX_NAMESPACES {
            return Err(InvalidNamespace::TooMany);
        }
        Ok(Self { named })
    }

    pub(crate) fn allow(&self, name: &str) -> bool {
        self.named.is_empty() || self.named.iter().any(|one| one == name)
    }

    /// Whether all that these allow is allowed by `others`.
    pub(crate) fn are_within(&self, others: &Self) -> bool {
        others.named.is_empty()
            || (!self.named.is_empty() && self.named.iter().all(|name| others.allow(name)))
    }

    /// Those that are named; none means all.
    pub fn named(&self) -> &[String] {
        &self.named
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn namespaces(names: &[&str]) -> Namespaces {
        Namespaces::new(names.iter().map(|&name| name.to_owned())).expect("namespaces")
    }

    #[test]
    fn where_none_is_named_all_are_allowed() {
        assert!(namespaces(&[]).allow("file"));
        assert_eq!(namespaces(&[]), Namespaces::all());
    }

    #[test]
    fn where_some_are_named_no_other_is_allowed() {
        let git = namespaces(&["git", "email"]);
        assert!(git.allow("git") && git.allow("email"));
        assert!(!git.allow("file") && !git.allow("Git") && !git.allow("git ") && !git.allow(""));
    }

    #[test]
    fn all_are_not_within_some() {
        let (all, one) = (Namespaces::all(), namespaces(&["git"]));
        let both = namespaces(&["git", "file"]);
        assert!(one.are_within(&all) && one.are_within(&both) && all.are_within(&all));
        assert!(!all.are_within(&one) && !both.are_within(&one));
    }

    #[test]
    fn what_is_empty_too_long_or_controls_a_terminal_is_no_namespace() {
        for name in ["", "a\nb", "a\u{1b}[2J", &"x".repeat(MAX_NAME_BYTES + 1)] {
            let made = Namespaces::new([name.to_owned()]);
            assert_eq!(made, Err(InvalidNamespace::Text), "{name:?}");
        }
        let many = (0..=MAX_NAMESPACES).map(|number| number.to_string());
        assert_eq!(Namespaces::new(many), Err(InvalidNamespace::TooMany));
    }
}
