//! Arguments of calls on the bus, and the options that calls take.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sshtpm_dbus::{Destination, WireBinding};
use sshtpm_ssh::session::Binding;

/// The trailing `a{sv}`.
pub type Options = BTreeMap<String, Argument>;

/// An argument with its D-Bus type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Argument {
    /// A string.
    #[serde(rename = "s")]
    Text(String),
    /// A number.
    #[serde(rename = "u")]
    Number(u32),
    /// A truth.
    #[serde(rename = "b")]
    Flag(bool),
    /// Bytes.
    #[serde(rename = "ay")]
    Bytes(Vec<u8>),
    /// Strings.
    #[serde(rename = "as")]
    Texts(Vec<String>),
    /// Where a key may log in.
    #[serde(rename = "a(sa(ayb)ssa(ayb))")]
    Destinations(Vec<Destination>),
    /// SSH sessions.
    #[serde(rename = "a(ayayayb)")]
    Sessions(Vec<WireBinding>),
    /// A file descriptor, of `/dev/null`.
    #[serde(rename = "h")]
    Descriptor,
    /// Options.
    #[serde(rename = "a{sv}")]
    Options(Options),
}

impl From<&str> for Argument {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<u32> for Argument {
    fn from(number: u32) -> Self {
        Self::Number(number)
    }
}

impl From<bool> for Argument {
    fn from(truth: bool) -> Self {
        Self::Flag(truth)
    }
}

impl From<&[&str]> for Argument {
    fn from(texts: &[&str]) -> Self {
        Self::Texts(texts.iter().map(|&text| text.to_owned()).collect())
    }
}

impl From<Vec<Destination>> for Argument {
    fn from(destinations: Vec<Destination>) -> Self {
        Self::Destinations(destinations)
    }
}

impl From<Vec<Binding>> for Argument {
    fn from(sessions: Vec<Binding>) -> Self {
        Self::Sessions(sessions.into_iter().map(WireBinding).collect())
    }
}

impl From<&[u8]> for Argument {
    fn from(bytes: &[u8]) -> Self {
        Self::Bytes(bytes.to_vec())
    }
}

impl From<Options> for Argument {
    fn from(options: Options) -> Self {
        Self::Options(options)
    }
}

/// No options.
pub fn none() -> Options {
    Options::new()
}

/// One option.
pub fn option(name: &str, value: impl Into<Argument>) -> Options {
    Options::from([(name.to_owned(), value.into())])
}

/// The option that says what a key is for.
pub fn purposes(names: &[&str]) -> Options {
    option("purposes", names)
}

/// The option that names another owner.
pub fn owner(name: &str) -> Options {
    option("owner", name)
}

/// The option that gives the length of an RSA key.
pub fn bits(number: u32) -> Options {
    option("bits", number)
}
