//! The name of a unit of systemd's, which can be an argument of systemctl.
//!
//! Source: systemd.unit(5): letters, digits and `:-_.\@`, at most 255 characters.

use std::fmt::{self, Display, Formatter};

use serde::{Deserialize, Serialize};

/// Longest name, in bytes.
const MAX_BYTES: usize = 255;

/// The name of a socket or a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct UnitName(String);

/// The name is not that of a socket or a service.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NotAUnit;

impl Display for NotAUnit {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("it is not the name of a socket or a service")
    }
}

impl UnitName {
    /// The name.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for UnitName {
    type Error = NotAUnit;

    fn try_from(name: String) -> Result<Self, NotAUnit> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || ":-_.\\@".contains(c);
        let has_type = [".socket", ".service"]
            .iter()
            .any(|kind| name.strip_suffix(kind).is_some_and(|stem| !stem.is_empty()));
        let is_one = name.len() <= MAX_BYTES && has_type && !name.starts_with('-');
        match is_one && name.chars().all(is_plain) {
            true => Ok(Self(name)),
            false => Err(NotAUnit),
        }
    }
}

impl From<UnitName> for String {
    fn from(name: UnitName) -> Self {
        name.0
    }
}

impl Display for UnitName {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::UnitName;

    #[test]
    fn only_a_socket_or_a_service_can_be_turned_off() {
        let name = |text: &str| UnitName::try_from(text.to_owned());
        for unit in [
            "ssh-agent.socket",
            "a\\x2db@c.service",
            "gcr-ssh-agent.socket",
        ] {
            assert!(name(unit).is_ok(), "{unit}");
        }
        for text in [
            "",
            ".socket",
            "--now.socket",
            "a b.socket",
            "a/../b.service",
            "basic.target",
            "a.socket\n",
        ] {
            assert!(name(text).is_err(), "{text:?}");
        }
        assert!(name(&format!("{}.socket", "a".repeat(255))).is_err());
    }
}
