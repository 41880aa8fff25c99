//! The program that asks, by the name that the agent gives it.

use sshtpm_ssh::limits::MAX_NAME_BYTES;

/// The name of the program in prompts and in the record of use. It is not verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientName(String);

impl ClientName {
    /// `None` if it is empty, longer than [`MAX_NAME_BYTES`], or not plain: a person has to be able
    /// to read it, and it must not pass for more than a name.
    pub fn new(name: String) -> Option<Self> {
        let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"$\"'`<>&".contains(&byte);
        let fits = (1..=MAX_NAME_BYTES).contains(&name.len());
        (fits && name.bytes().all(is_plain)).then_some(Self(name))
    }

    /// The name, of 1 to [`MAX_NAME_BYTES`] printable ASCII characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::ClientName;

    #[test]
    fn names_of_programs_are_names() {
        for name in [
            "ssh",
            "ssh-keygen",
            "git-remote-ext",
            "python3.11",
            "(sd-pam)",
        ] {
            assert!(ClientName::new(name.to_owned()).is_some(), "{name}");
        }
    }

    #[test]
    fn what_could_pass_for_more_than_a_name_is_none() {
        let long = "x".repeat(257);
        for name in [
            "",
            "ssh to work",
            "a\nb",
            "$(key)",
            "<b>",
            "s\u{455}h",
            &long,
        ] {
            assert_eq!(ClientName::new(name.to_owned()), None, "{name:?}");
        }
    }
}
